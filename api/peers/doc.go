//go:build peers

// Package peers starts what the tests with the build tag peers are measured beside:
// a PostGIS of its own ([EmptyPostGIS]) and programs for node with the packages of
// this folder ([StartNode]). [Measured] takes wall and processor time.
package peers

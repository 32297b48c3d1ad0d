// Package cases keeps the cases of a city: what was reported, where, whose it
// is, by when, and every step on the case's way.
//
// A case is a log of events; what it is now is the fold of that log
// ([Fold]). [Machine] is the pure state machine that says who may do what
// when; a [Store] appends events after asking it. [City] is the store in the
// city's file.
//
//	Draft ──▶ report ──▶ register ──▶ open ──▶ dispatch ──▶ … ──▶ check ──▶ close
//	          every step: Machine.Next(case, event) ──▶ Store.Append ──▶ Store.Feed
//
// Guarantees of every store, checked by the suite in storetest:
//   - What Append answered is durable, once, and in every later read.
//   - The state of a case is the fold of its events; a refused event leaves
//     nothing behind.
//   - A version given with an event guards it; a key makes a request safe to
//     repeat; an external id is in one case of its source system at most.
//   - Every appended event is in the feed once, in the order of the commits.
//
// Times are whole seconds in UTC; positions are on the lattice of 1e-7°. An
// append costs 0.1 ms of the one writer and shares its fsync with those that
// wait at the same time.
package cases

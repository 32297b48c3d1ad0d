package cases

// CountAsFew has the lists of a city go by an index that leads to at most n cases.
func CountAsFew(c *City, n int) { c.few = n }

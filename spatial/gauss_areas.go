package spatial

// Masses calls visit for each area that the distribution reaches, in no stated
// order, with its probability ([Gaussian.Over]), which may be 0.
func (a *Areas) Masses(g *Gaussian, visit func(i int32, probability float64)) {
	a.tree.Search(g.Reach(), func(i int32) bool {
		visit(i, g.over(a.shapes[i], a.runs[i]))
		return true
	})
}

// addRuns is for the few shapes of many vertices; it is part of NewAreas.
func (a *Areas) addRuns(i int32) {
	if a.runs == nil {
		a.runs = map[int32]runs{}
	}
	a.runs[i] = runsOf(a.shapes[i])
}

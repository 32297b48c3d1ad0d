package demo

import "fmt"

// A parcel is something to be shared out among groups: a block or a cell.
type parcel struct {
	at     pt
	weight int64
	next   []int32 // the parcels it borders on
}

// shareOut puts the parcels into k connected groups of about equal weight.
// Groups grow from seeds, the lightest next; the seeds then move to the middle
// of their groups and all grow again, and the most even outcome is kept.
func shareOut(d dice, parcels []parcel, k int) ([]int32, error) {
	const rounds = 12
	seeds := farApart(d, parcels, k)
	var best []int32
	least := int64(-1)
	for range rounds {
		group, ok := growGroups(parcels, seeds)
		if !ok {
			return nil, fmt.Errorf("parcels do not hang together: %w", errPlan)
		}
		weights := make([]int64, k)
		for i, g := range group {
			weights[g] += parcels[i].weight
		}
		var uneven int64
		for _, w := range weights {
			uneven += w * w
		}
		if least < 0 || uneven < least {
			best, least = group, uneven
		}
		seeds = middles(parcels, group, k)
	}
	return best, nil
}

// farApart picks k parcels, each as far as can be from those before.
func farApart(d dice, parcels []parcel, k int) []int32 {
	seeds := []int32{int32(d.between(0, int64(len(parcels)-1)))}
	for len(seeds) < k {
		far, distance := int32(0), int64(-1)
		for i := range parcels {
			near := int64(1) << 60
			for _, s := range seeds {
				near = min(near, apart(parcels[i].at, parcels[s].at))
			}
			if near > distance {
				far, distance = int32(i), near
			}
		}
		seeds = append(seeds, far)
	}
	return seeds
}

// apart is the square of a distance.
func apart(a, b pt) int64 { return a.sub(b).dot(a.sub(b)) }

// growGroups lets the lightest group that can still grow take the free
// neighbour nearest to its seed, until nothing is free.
func growGroups(parcels []parcel, seeds []int32) (group []int32, ok bool) {
	group = make([]int32, len(parcels))
	for i := range group {
		group[i] = -1
	}
	weights := make([]int64, len(seeds))
	take := func(i, g int32) {
		group[i] = g
		weights[g] += parcels[i].weight
	}
	for g, s := range seeds {
		take(s, int32(g))
	}
	for range len(parcels) - len(seeds) {
		lightest, parcel := int32(-1), int32(-1)
		for g, s := range seeds {
			if lightest >= 0 && weights[g] >= weights[lightest] {
				continue
			}
			if i := nearestFree(parcels, group, int32(g), parcels[s].at); i >= 0 {
				lightest, parcel = int32(g), i
			}
		}
		if lightest < 0 {
			return nil, false
		}
		take(parcel, lightest)
	}
	return group, true
}

func nearestFree(parcels []parcel, group []int32, g int32, seed pt) int32 {
	found, distance := int32(-1), int64(0)
	for i := range parcels {
		if group[i] != g {
			continue
		}
		for _, j := range parcels[i].next {
			if group[j] >= 0 {
				continue
			}
			if d := apart(parcels[j].at, seed); found < 0 || d < distance {
				found, distance = j, d
			}
		}
	}
	return found
}

// middles returns the parcel nearest to the middle of each group.
func middles(parcels []parcel, group []int32, k int) []int32 {
	sums, weights := make([]pt, k), make([]int64, k)
	for i, p := range parcels {
		g := group[i]
		sums[g] = sums[g].add(p.at.times(p.weight, 1))
		weights[g] += p.weight
	}
	out := make([]int32, k)
	for g := range out {
		middle, distance := sums[g].times(1, weights[g]), int64(-1)
		for i, p := range parcels {
			if group[i] != int32(g) {
				continue
			}
			if d := apart(p.at, middle); distance < 0 || d < distance {
				out[g], distance = int32(i), d
			}
		}
	}
	return out
}

// connected tells whether the parcels chosen hang together.
func connected(parcels []parcel, chosen func(i int32) bool) bool {
	start, n := int32(-1), 0
	for i := range int32(len(parcels)) {
		if chosen(i) {
			start = i
			n++
		}
	}
	if n == 0 {
		return false
	}
	seen := make([]bool, len(parcels))
	seen[start] = true
	queue := []int32{start}
	for at := 0; at < len(queue); at++ {
		for _, j := range parcels[queue[at]].next {
			if chosen(j) && !seen[j] {
				seen[j] = true
				queue = append(queue, j)
			}
		}
	}
	return len(queue) == n
}

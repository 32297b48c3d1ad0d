// Package dispatch decides whose a case is (派遣): which unit answers for a
// report at a place and class, how sure that is, and why.
//
// A city writes its order of answering in a rule file ([ReadRules]); [New]
// compiles it with a snapshot of the city and the [Book] of ownership records,
// rulings and returns into an [Engine], whose [Engine.Decide] is a pure function:
// the same report, versions and rules give the same [Decision].
//
//	report ──▶ what was meant?        whose is that?            answers
//	 at ± m     component c   0.71 ─▶ ruling record owner  ──▶ unit A  0.83
//	 class      component d   0.12 ─▶ ruling record owner  ─╯
//	            not on record 0.17 ─▶ area, zone by mass   ──▶ unit B  0.17
//
// A position is known with an error, so nothing is looked up at a point: each
// thing that the report can mean has its probability, each thing has its unit by
// the first rule of the order that knows one, and the confidence of a unit is the
// sum over all that leads to it. Areas, zones and places of rulings are integrated
// exactly ([spatial.Gaussian]); a calibration learned from labels
// ([Calibrate]) corrects what the model cannot know.
//
// [Replay] shows what changed rules would have decided (dry run); [Quality]
// says where first dispatch goes wrong. Package dispatch/truth, which may not
// import this one, makes up cases whose truth is known.
package dispatch

package demo

import "fmt"

// A word is a piece of a name with how it is read.
type word struct{ text, pinyin string }

func (w word) and(o word) word {
	if w.text == "" {
		return o
	}
	return word{w.text + o.text, w.pinyin + " " + o.pinyin}
}

func arterialNames() []word {
	return []word{
		{"人民路", "ren min lu"},
		{"建设路", "jian she lu"},
		{"文化路", "wen hua lu"},
		{"新华路", "xin hua lu"},
		{"解放路", "jie fang lu"},
		{"迎宾路", "ying bin lu"},
	}
}

// firstWords and secondWords combine to the names of streets: enough for any
// town of this size, and none of a real place in particular.
func firstWords() []word {
	return []word{
		{"永", "yong"},
		{"安", "an"},
		{"泰", "tai"},
		{"和", "he"},
		{"兴", "xing"},
		{"福", "fu"},
		{"德", "de"},
		{"仁", "ren"},
		{"广", "guang"},
		{"嘉", "jia"},
		{"瑞", "rui"},
		{"文", "wen"},
		{"景", "jing"},
		{"同", "tong"},
		{"学", "xue"},
		{"凤", "feng"},
		{"柳", "liu"},
		{"槐", "huai"},
		{"松", "song"},
		{"梅", "mei"},
	}
}

func secondWords() []word {
	return []word{
		{"昌", "chang"},
		{"宁", "ning"},
		{"康", "kang"},
		{"顺", "shun"},
		{"庆", "qing"},
		{"华", "hua"},
		{"明", "ming"},
		{"盛", "sheng"},
		{"园", "yuan"},
		{"林", "lin"},
		{"阳", "yang"},
		{"祥", "xiang"},
	}
}

func streetSuffixes() []word { return []word{{"路", "lu"}, {"街", "jie"}, {"路", "lu"}} }

func laneSuffixes() []word { return []word{{"巷", "xiang"}, {"街", "jie"}, {"巷", "xiang"}} }

func oldLaneSuffixes() []word {
	return []word{{"胡同", "hu tong"}, {"巷", "xiang"}, {"后街", "hou jie"}, {"里", "li"}}
}

// communityNames has old-town names first.
func communityNames() []word {
	return []word{
		{"鼓楼社区", "gu lou she qu"},
		{"书院社区", "shu yuan she qu"},
		{"柳堤社区", "liu di she qu"},
		{"新桥社区", "xin qiao she qu"},
		{"向阳社区", "xiang yang she qu"},
	}
}

func officeNames() []word {
	return []word{{"古城街道", "gu cheng jie dao"}, {"桥头街道", "qiao tou jie dao"}}
}

// nameLines gives every street of the town a name of its own.
func (p *plan) nameLines() error {
	var names []word
	for _, a := range firstWords() {
		for _, b := range secondWords() {
			names = append(names, a.and(b))
		}
	}
	names = shuffled(p.dice, names)
	arterials := shuffled(p.dice, arterialNames())
	for i := range p.lines {
		l := &p.lines[i]
		if l.name != "" || l.class < lane {
			continue
		}
		var w word
		switch {
		case l.class == arterial && len(arterials) > 0:
			w, arterials = arterials[0], arterials[1:]
		case len(names) == 0:
			return fmt.Errorf("no name left for street %d: %w", i, errPlan)
		default:
			w, names = names[0], names[1:]
			w = w.and(pick(p.dice, suffixesFor(*l)))
		}
		l.name, l.pinyin = w.text, w.pinyin
	}
	return nil
}

func suffixesFor(l line) []word {
	switch {
	case l.class > lane:
		return streetSuffixes()
	case l.old:
		return oldLaneSuffixes()
	}
	return laneSuffixes()
}

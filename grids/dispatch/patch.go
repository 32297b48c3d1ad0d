package dispatch

import (
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Patched returns the rules changed by a JSON merge patch (RFC 7396) of the members
// that a rule file has: a member takes the place of the one there is, an object is
// merged, null takes a member away, a list stands for the whole list. The rules
// themselves stay as they are. Faults have no line, for there is no text.
func (r *Rules) Patched(patch []byte) (*Rules, error) {
	if len(patch) > MaxRulesBytes {
		return nil, fmt.Errorf("%w: a patch of %d bytes, at most %d are read", ErrRules, len(patch), MaxRulesBytes)
	}
	var change map[string]any
	if err := json.Unmarshal(patch, &change); err != nil || change == nil {
		return nil, fmt.Errorf("%w: the patch is no JSON object", ErrRules)
	}
	text, err := yaml.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	var now map[string]any
	if err := yaml.Unmarshal(text, &now); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	// JSON is YAML, and takes every text as it is.
	if text, err = json.Marshal(merged(now, change)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	out, err := ReadRules(text)
	if faults, ok := err.(RuleFaults); ok { //nolint:errorlint // ReadRules returns it as it is
		for i := range faults {
			faults[i].Line, faults[i].Column = 0, 0
		}
	}
	if err != nil {
		return nil, err
	}
	out.file = nil
	return out, nil
}

// merged is the object after the patch.
func merged(object, patch map[string]any) map[string]any {
	if object == nil {
		object = map[string]any{}
	}
	for name, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(object, name)
		case map[string]any:
			inner, _ := object[name].(map[string]any)
			object[name] = merged(inner, v)
		default:
			object[name] = v
		}
	}
	return object
}

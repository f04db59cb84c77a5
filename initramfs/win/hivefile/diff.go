package hivefile

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Difference is a key or value that is not the same in two hives.
type Difference struct {
	Change string `json:"change"` // "key only in A", "data differs", ...
	Key    string `json:"key"`
	Name   string `json:"name,omitempty"` // of the value
	A      *Value `json:"a,omitempty"`
	B      *Value `json:"b,omitempty"`
}

// Diff compares keys, values, types and data of two hives, after the replay of
// both. With an error that wraps regf.ErrTooMany come the first differences;
// other errors come from reading or wrap regf.ErrDamaged.
func Diff(a, b *File) ([]Difference, error) {
	list, err := regf.Diff(a.Hive, b.Hive)
	if err != nil && !errors.Is(err, regf.ErrTooMany) {
		return nil, err
	}
	all := make([]Difference, 0, len(list))
	for _, d := range list {
		one := Difference{Change: string(d.Change), Key: d.Key, Name: d.Value}
		switch d.Change {
		case regf.KeyOnlyInA, regf.KeyOnlyInB:
		default:
			one.A, one.B = a.valueOrNil(d), b.valueOrNil(d)
		}
		all = append(all, one)
	}
	return all, err
}

// valueOrNil reads a value that at least one of the hives has.
func (f *File) valueOrNil(d regf.Difference) *Value {
	kv, err := f.get(d.Key, d.Value)
	if err != nil || kv.Name != d.Value {
		return nil // it is missing here, or spelled otherwise
	}
	return &kv.Value
}

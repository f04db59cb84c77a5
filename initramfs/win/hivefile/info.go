package hivefile

import (
	"errors"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Info describes a hive and its logs.
type Info struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // SYSTEM, SOFTWARE, ...; "" when not known
	Format   string `json:"format"`
	FileName string `json:"file_name"` // the end of the path that Windows loaded it from
	RootName string `json:"root_name"`
	Size     int64  `json:"size"`      // of the file after the replay, bytes
	BinsSize int64  `json:"bins_size"` // bytes

	State    string    `json:"state"`
	Usable   bool      `json:"usable"` // what Windows would have
	Replayed bool      `json:"replayed"`
	Reasons  []string  `json:"reasons,omitempty"`
	Seq1     uint32    `json:"sequence_1"` // after the replay
	Seq2     uint32    `json:"sequence_2"`
	Written  time.Time `json:"written"`
	Logs     []Log     `json:"logs"`

	Transactions Transactions `json:"transactions"`

	Keys    int      `json:"keys"`
	Values  int      `json:"values"`
	Damaged []string `json:"damaged,omitempty"` // the first reasons why something cannot be read

	Select      *Select      `json:"select,omitempty"` // of a SYSTEM hive
	ControlSets []ControlSet `json:"control_sets,omitempty"`
}

// Transactions is what is known of open transactions on the registry.
type Transactions struct {
	MayBePending bool   `json:"may_be_pending"`
	Reason       string `json:"reason"`
	Files        int    `json:"files"`
}

// Log describes a log.
type Log struct {
	Name    string `json:"name"`
	Format  string `json:"format"`
	Valid   bool   `json:"valid"`
	Reason  string `json:"reason,omitempty"` // why it is not valid or not used
	Seq     uint32 `json:"sequence"`
	Entries int    `json:"entries"`
	Used    int    `json:"used"` // entries that the replay takes
}

// Select is the key of that name; nil where a value is missing.
type Select struct {
	Current       *uint32 `json:"current"`
	Default       *uint32 `json:"default"`
	Failed        *uint32 `json:"failed"`
	LastKnownGood *uint32 `json:"last_known_good"`
}

// ControlSet is a control set and what Select makes of it.
type ControlSet struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Info reads the whole hive, for the counts. Errors come from reading; damage
// is in the result.
func (f *File) Info() (*Info, error) {
	base := f.Hive.Header()
	i := &Info{Name: f.Name, Kind: string(f.Kind), Format: formatName(base), FileName: base.FileName,
		Size: f.Replay.Size, BinsSize: int64(base.BinsSize), State: string(f.Replay.State), Usable: f.Replay.Usable(),
		Replayed: f.Replay.Replayed(), Reasons: f.Replay.Reasons, Seq1: base.Seq1, Seq2: base.Seq2, Written: base.Timestamp, Logs: f.logs()}
	t, err := f.Pending()
	if err != nil {
		t = Transactions{MayBePending: true, Reason: err.Error()}
	}
	i.Transactions = t
	if root, err := f.Hive.Root(); err == nil {
		i.RootName = root.Name()
	}
	counts, err := f.Hive.Check()
	i.Keys, i.Values = counts.Keys, counts.Values
	if err := i.damage(err); err != nil {
		return nil, err
	}
	if f.Kind == registry.KindSystem {
		if err := i.damage(i.system(f.Hive)); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func formatName(b regf.BaseBlock) string {
	return string(rune('0'+b.Major)) + "." + string(rune('0'+b.Minor))
}

// damage notes what the format or the types of values do not allow; errors of
// reading are returned.
func (i *Info) damage(err error) error {
	if err == nil {
		return nil
	}
	if !errors.Is(err, regf.ErrDamaged) && !errors.Is(err, regf.ErrType) {
		return err
	}
	i.Damaged = append(i.Damaged, strings.Split(err.Error(), "\n")...)
	return nil
}

func (f *File) logs() []Log {
	list := []Log{}
	for _, l := range f.Replay.Logs {
		one := Log{Name: l.Name, Format: string(l.Format), Valid: l.Valid, Reason: l.Reason, Seq: l.Seq, Entries: len(l.Entries)}
		for _, u := range f.Replay.Used {
			if u.Name == l.Name {
				one.Used = len(u.Entries)
			}
		}
		list = append(list, one)
	}
	return list
}

func (i *Info) system(h *regf.Hive) error {
	s, err := registry.OpenSystem(h)
	if err != nil {
		return err
	}
	number := func(n registry.Number) *uint32 {
		if !n.Present {
			return nil
		}
		return &n.N
	}
	i.Select = &Select{number(s.Select.Current), number(s.Select.Default), number(s.Select.Failed), number(s.Select.LastKnownGood)}
	sets, err := s.ControlSets()
	for _, set := range sets {
		i.ControlSets = append(i.ControlSets, ControlSet{set.Path, append([]string{}, set.Roles()...)})
	}
	return err
}

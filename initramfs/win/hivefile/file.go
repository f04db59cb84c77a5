package hivefile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
)

// ErrNotUsable: neither the file nor its logs give the hive that Windows would
// have. It can be read as it is, not edited.
var ErrNotUsable = errors.New("the hive was not written completely and its logs do not help")

// Source is where a hive and its logs lie.
type Source struct {
	Name string // for messages
	Hive io.ReaderAt
	Size int64 // bytes
	Logs []hivelog.Log
	// Transactions finds the files of the registry's transaction manager: those
	// in config\TxR and those beside the hive; see IsTransactionFile. It is
	// called when somebody asks for them; nil means that there are none.
	Transactions func() ([]hivelog.TransactionFile, error)
}

// TransactionFolder is the folder beside a hive with more transaction files.
const TransactionFolder = "TxR"

// IsTransactionFile tells the transaction files of a hive by their names:
// SYSTEM{6cced301-...}.TMContainer00000000000000000001.regtrans-ms and the like.
func IsTransactionFile(hive, name string) bool {
	if len(name) <= len(hive) || !strings.EqualFold(name[:len(hive)], hive) {
		return false
	}
	rest := strings.ToLower(name[len(hive):])
	return (rest[0] == '{' || rest[0] == '.') && (strings.HasSuffix(rest, ".regtrans-ms") || strings.HasSuffix(rest, ".blf"))
}

// LogSuffixes are the ends of the names of the files beside a hive that matter
// to it.
var LogSuffixes = [...]string{".LOG", ".LOG1", ".LOG2", ".ALT"}

// File is an open hive, as its logs complete it.
type File struct {
	Name   string
	Hive   *regf.Hive // after the replay
	Replay *hivelog.Replay
	Kind   registry.Kind

	transactions func() ([]hivelog.TransactionFile, error)
}

// Open replays the logs in memory and opens the hive. A hive that is not
// usable opens as it lies there; see Warning. Errors come from reading, or are
// regf's where the file is no hive.
func Open(src Source) (*File, error) {
	r, err := hivelog.Open(src.Hive, src.Size, src.Logs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	f := &File{Name: src.Name, Replay: r, transactions: src.Transactions}
	if f.Hive, err = regf.Open(r.Reader(), r.Size); err == nil {
		f.Kind, err = registry.KindOf(f.Hive)
		if errors.Is(err, regf.ErrDamaged) {
			f.Kind, err = registry.KindUnknown, nil // to be looked at all the same
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	return f, nil
}

// Warning is a sentence about what is read not being what Windows would read,
// "" when it is.
func (f *File) Warning() string {
	if f.Replay.Usable() {
		var all []string
		for _, u := range unused(f.Replay, "") {
			all = append(all, f.Name+": "+u.Text)
		}
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%s: %s; what follows is the file as it lies there (%s)", f.Name, f.Replay.State, strings.Join(f.Replay.Reasons, "; "))
}

// Pending says whether a transaction on the registry may be open, and why.
// There is no certain yes, so that an edit is not refused for it: healthy
// machines look the same. Errors come from finding and reading the transaction
// files.
func (f *File) Pending() (t Transactions, err error) {
	var files []hivelog.TransactionFile
	if f.transactions != nil {
		if files, err = f.transactions(); err != nil {
			return t, fmt.Errorf("%s: transaction files: %w", f.Name, err)
		}
	}
	p, reason, err := f.Replay.Transactions(files)
	return Transactions{p == hivelog.MaybePending, reason, len(files)}, err
}

// usable refuses edits of what is not whole.
func (f *File) usable() error {
	if f.Replay.Usable() {
		return nil
	}
	return fmt.Errorf("%s: %w: %s; have it judged with bootmend hive check, mended with bootmend hive repair", f.Name, ErrNotUsable, strings.Join(f.Replay.Reasons, "; "))
}

// Paths returns the paths from the hive's root that a person's path means: one,
// or one for each control set. A path may start with a root key
// (HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet, HKLM\...) or with a key of the
// hive; CurrentControlSet is every control set. Errors wrap regtext.ErrMapping.
func (f *File) Paths(path string, maps []regtext.Mapping) ([]string, error) {
	return f.pathsIn(f.Hive, path, maps)
}

func (f *File) pathsIn(h *regf.Hive, path string, maps []regtext.Mapping) ([]string, error) {
	m, err := regtext.NewMount(h, maps)
	if err != nil {
		return nil, err
	}
	path = strings.TrimRight(path, `\`)
	if !isRooted(path, maps) {
		path = `\` + strings.TrimLeft(path, `\`)
	}
	return m.Resolve(path)
}

// isRooted tells a path that starts with a root key of the registry, or with
// what is mapped.
func isRooted(path string, maps []regtext.Mapping) bool {
	first, _, _ := strings.Cut(path, `\`)
	up := strings.ToUpper(first)
	for _, m := range maps {
		from, _, _ := strings.Cut(m.From, `\`)
		if regf.EqualFold(from, first) && from != "" {
			return true
		}
	}
	return strings.HasPrefix(up, "HKEY_") || up == "HKLM" || up == "HKU" || up == "HKCU" || up == "HKCR" || up == "HKCC"
}

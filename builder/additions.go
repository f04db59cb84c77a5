package builder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/busybox"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/answers"
)

// ExtraFile is a file of the person's own for the initramfs.
type ExtraFile struct {
	From string // a file of this machine
	To   string // its path in the image, from "/"
	Mode uint32 // permission bits; 0 means 0o644
}

// answersPath is where an answer file lies in the image, below the root.
const answersPath = "etc/bootmend/answers.yaml"

// maxExtra bounds all additions: they take memory on the smallest machine.
const maxExtra = 16 << 20

// readAdditions reads what a person adds to the initramfs, and refuses what the image
// would not take, before anything is built. With an answer file the kernel is told of it.
func (o *Options) readAdditions() ([]ramfs.Entry, error) {
	var all []ramfs.Entry
	keys, err := o.readSSHKeys()
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		all = append(all, ramfs.Entry{Name: pid1.SSHKeysPath, Perm: 0o444, Content: keys})
	}
	if len(o.BitLockerKeys) > 0 {
		for _, k := range o.BitLockerKeys {
			if _, err := bitlocker.ParseKey(k); err != nil {
				return nil, fmt.Errorf("BitLocker key: %w", err)
			}
		}
		all = append(all, ramfs.Entry{Name: pid1.BitLockerKeysPath, Perm: 0o400, Content: []byte(strings.Join(o.BitLockerKeys, "\n") + "\n")})
	}
	if o.Answers != "" {
		if named := pid1.ParseCmdline(o.Append).Answers; named != "" {
			return nil, fmt.Errorf("the image reads one answer file, and is told of two: %s, and bootmend.answers=%s in the kernel arguments (--append); leave one out", o.Answers, named)
		}
		text, err := readAnswers(o.Answers)
		if err != nil {
			return nil, err
		}
		all = append(all, ramfs.Entry{Name: answersPath, Perm: 0o444, Content: text})
		o.Append = strings.TrimSpace(o.Append + " bootmend.answers=/" + answersPath)
	}
	more, err := o.readExtra()
	return append(all, more...), err
}

// readAnswers reads an answer file as the image does; what would be left out of it there
// is an error here, where a person can still mend it.
func readAnswers(file string) ([]byte, error) {
	text, err := readAtMost(file, maxProfile)
	if err != nil {
		return nil, fmt.Errorf("answer file: %w", err)
	}
	settings, warnings, err := answers.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("answer file %s: %w", file, err)
	}
	c := pid1.ParseCmdline("")
	c.Answer(file, settings)
	for i := range warnings {
		warnings[i] = "answer file " + file + ": " + warnings[i]
	}
	if warnings = append(warnings, c.Warnings...); len(warnings) > 0 {
		return nil, fmt.Errorf("the image would not do what is asked for; correct it (README.md lists options and values, \"bootmend answers FILE\" checks a file):\n  %s",
			strings.Join(warnings, "\n  "))
	}
	return text, nil
}

func (o *Options) readExtra() ([]ramfs.Entry, error) {
	var all []ramfs.Entry
	total := 0
	for _, x := range o.Extra {
		to := path.Clean(x.To)
		if !path.IsAbs(to) || to == "/" || strings.ContainsAny(to, " \t\r\n") {
			return nil, fmt.Errorf("extra file %s: its place %q must be a path from the root without spaces", x.From, x.To)
		}
		if err := placeOfExtra(to, all); err != nil {
			return nil, fmt.Errorf("extra file %s: %w", x.From, err)
		}
		if x.Mode == 0 {
			x.Mode = 0o644
		}
		if x.Mode > 0o7777 {
			return nil, fmt.Errorf("extra file %s: mode %o", x.From, x.Mode)
		}
		content, err := readAtMost(x.From, maxExtra)
		if err != nil {
			return nil, fmt.Errorf("extra file: %w", err)
		}
		if total += len(content); total > maxExtra {
			return nil, fmt.Errorf("the extra files have more than %d MiB, which small machines have no memory for; put them onto a stick", maxExtra>>20)
		}
		all = append(all, ramfs.Entry{Name: to[1:], Perm: x.Mode, Content: content})
	}
	return all, nil
}

// placeOfExtra refuses what would take the place of the system or of another extra file.
func placeOfExtra(to string, others []ramfs.Entry) error {
	first, below, _ := strings.Cut(to[1:], "/")
	whole := []string{"init", "bbin", "dev", "proc", "sys"} // nothing of it is anybody else's
	folders := []string{"bin", "sbin", "etc", "lib", "lib64", "media", "mnt", "root", "run", "tmp", "usr", "var"}
	if slices.Contains(whole, first) || below == "" && slices.Contains(folders, first) {
		return fmt.Errorf("%s belongs to the system of the image, which would not start: name another place", to)
	}
	for _, o := range others {
		was := "/" + o.Name
		if was == to || strings.HasPrefix(was, to+"/") || strings.HasPrefix(to, was+"/") {
			return fmt.Errorf("%s and %s cannot both be there", was, to)
		}
	}
	return nil
}

func readAtMost(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s has more than %d MiB", name, most>>20)
	}
	return b, err
}

// addAdditions puts them behind the initramfs, so that it works with images that are
// there already.
func (b *build) addAdditions(m *iso.Medium, all []ramfs.Entry) error {
	return b.appendArchive(m, all, manifest.Package{Kind: manifest.Given, Name: "additions", Licence: "NOASSERTION"})
}

// needed are commands that the image does not work without.
var needed = []string{"init", "bootmend", "sh"}

// checkLeaveOut: each name is one that could be there, so that a typing error is none
// that goes unnoticed.
func (o *Options) checkLeaveOut() error {
	if len(o.LeaveOut) > 0 && o.From != "" {
		return errors.New("nothing can be left out of an image that is there already (--from)")
	}
	if len(o.MoreModules) > 0 && o.From != "" {
		return errors.New("an image that is there already (--from) has the kernel modules that it has: build one anew, without --from, for others")
	}
	known := []string{}
	for _, c := range slices.Concat(ownCommands(), busybox.Commands()) {
		known = append(known, path.Base(c))
	}
	for _, p := range debianPrograms() {
		known = append(known, path.Base(p.name))
	}
	slices.Sort(known)
	for _, name := range o.LeaveOut {
		if slices.Contains(needed, name) {
			return fmt.Errorf("%s cannot be left out: the image does not work without it", name)
		}
		if !slices.Contains(known, name) {
			return fmt.Errorf("to leave out: no command %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

func (o *Options) leavesOut(name string) bool { return slices.Contains(o.LeaveOut, name) }

// absolute makes a path that was written in a file in dir one of this machine.
func absolute(dir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

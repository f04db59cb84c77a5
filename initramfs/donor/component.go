package donor

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/winsxs"
)

// Reasons against what the component store of Vista and later holds.
var (
	// ErrInUse: which of the versions that are there is the one in use.
	ErrInUse = errors.New("nothing tells which version is in use")
	// ErrPacked: the store keeps the file, but not whole.
	ErrPacked = errors.New("bootmend cannot unpack it")
)

// storeFolder is a version of a component in the store.
type storeFolder struct {
	winsxs.Name
	dir string // `\Windows\WinSxS\amd64_...`
}

// component is one that has a file of the wanted name, in some of its versions.
type component struct {
	family  string
	folders []storeFolder // of all versions, the newest first
}

// servicedFile finds a file of Vista and later. Of the HAL those for 32 bits have one
// for each kind of computer, and hal.dll is a copy of one of these.
func servicedFile(p *inspect.Patient, w *inspect.Installation, name string) (best *Copy, rejected []string, problems []error) {
	if !edition.NT6 {
		return nil, nil, nil
	}
	machine := bootchain.MachineOf(w)
	if archName(machine) == "" {
		return nil, []string{"the processor of this Windows cannot be told"}, nil
	}
	if name != "hal.dll" || machine != pe.X86 {
		return componentFile(p, w, name, machine)
	}
	h, known := bootchain.RegisteredHAL(w)
	if !known {
		return nil, []string{ErrVariant.Error() + ": nothing tells which HAL that is"}, nil
	}
	own := &Found{}
	own.stored(w, w.Path(`system32\`+h.File), name, machine, source.WinSxS)
	built := func(c Copy) error {
		if c.Original != h.File {
			return fmt.Errorf("%w: that is %s", ErrVariant, h.File)
		}
		if !c.HasVersion || !sameBuild(w, c.Version) || laterUpdate(w, c.Version) {
			return fmt.Errorf("%w: %v", ErrLevel, c.Version)
		}
		return nil
	}
	if best, rejected = own.Best(built); best != nil {
		return best, rejected, nil
	}
	for _, as := range []string{h.File, name} {
		c, no, problems := componentFile(p, w, as, machine)
		rejected = append(rejected, no...)
		if c == nil {
			continue
		}
		if err := built(*c); err == nil {
			return c, rejected, problems
		}
	}
	return nil, rejected, problems
}

// componentFile finds a file of Vista and later in the component store: the one of
// the version of its component that is in use (inUse). A file of another version is
// never taken, not even where the right one is damaged; then an identical one may
// lie elsewhere.
func componentFile(p *inspect.Patient, w *inspect.Installation, name string, machine pe.Machine) (best *Copy, rejected []string, problems []error) {
	all := componentsOf(w, name, machine)
	if len(all) == 0 {
		return driverStoreFile(w, name, machine)
	}
	c, err := oneOf(w, all, name)
	var v pe.Version
	var doubt string
	if err == nil {
		v, doubt, err = c.inUse(w, name)
	}
	if err != nil {
		return nil, []string{fmt.Sprintf("%s: %v", all[0].folders[0].Component, err)}, nil
	}
	found := &Found{}
	c.take(w, found, name, v, machine, source.WinSxS)
	if !slices.ContainsFunc(found.Copies, func(c Copy) bool { return c.HasVersion && c.Version == v }) {
		more := Find(p, w, machine, name)
		found.Copies, problems = append(found.Copies, more.Copies...), more.Problems
	}
	if best, rejected = found.only(v); best == nil {
		return nil, append([]string{fmt.Sprintf("the component store has no sound copy of version %v, which is in use", v)}, rejected...), problems
	}
	best.Doubt = doubt
	return best, rejected, problems
}

// oneOf is the component that the file is of, where several have one of that name: the
// only one that SOFTWARE or files in system32 know.
func oneOf(w *inspect.Installation, all []component, name string) (*component, error) {
	if len(all) == 1 {
		return &all[0], nil
	}
	var known []*component
	for i := range all {
		_, named, err := all[i].winner(w)
		if err != nil {
			return nil, err
		}
		if agree, _ := all[i].bySiblings(w, name); named || len(agree) > 0 {
			known = append(known, &all[i])
		}
	}
	if len(known) != 1 {
		return nil, fmt.Errorf("%d components have a file %s, and which of them it is of cannot be told: %w", len(all), name, ErrInUse)
	}
	return known[0], nil
}

// take adds the files of one version of the component.
func (c *component) take(w *inspect.Installation, found *Found, name string, v pe.Version, machine pe.Machine, origin source.Origin) {
	for _, f := range c.folders {
		if f.Version == v {
			found.stored(w, source.Join(f.dir, name), name, machine, origin)
		}
	}
}

// only is the copy of exactly that version; none where two of that version differ.
func (f *Found) only(v pe.Version) (best *Copy, rejected []string) {
	same := func(c Copy) error {
		if !c.HasVersion || c.Version != v {
			return fmt.Errorf("%w: %v, in use is %v", ErrLevel, c.Version, v)
		}
		return nil
	}
	best, rejected = f.Best(same)
	for _, c := range f.Copies {
		if best != nil && same(c) == nil && !bytes.Equal(c.Data, best.Data) {
			return nil, append(rejected, fmt.Sprintf("%s and %s differ: %v", best.Where, c.Where, ErrInUse))
		}
	}
	return best, rejected
}

// componentsOf lists the components that have a file of that name. There are some 20,000
// folders; those that are named after the file are looked into first, and all only
// where that gives nothing.
func componentsOf(w *inspect.Installation, name string, machine pe.Machine) []component {
	root := w.Path("WinSxS")
	list, err := w.Volume.Tree().ReadDir(root)
	if err != nil {
		return nil
	}
	families := map[string]*component{}
	var all []*component
	for _, e := range list {
		n, ok := winsxs.ParseName(e.Name)
		if !e.Dir || !ok || n.Arch != archName(machine) {
			continue
		}
		c := families[n.Family()]
		if c == nil {
			c = &component{family: n.Family()}
			families[c.family] = c
			all = append(all, c)
		}
		c.folders = append(c.folders, storeFolder{Name: n, dir: source.Join(root, e.Name)})
	}
	found := holding(w, name, all, func(c *component) bool { return namedAfter(c.folders[0].Component, name) })
	if len(found) == 0 {
		found = holding(w, name, all, func(*component) bool { return true })
	}
	slices.SortFunc(found, func(a, b component) int { return strings.Compare(a.family, b.family) })
	return found
}

// holding are those of the components that have the file in some version, with their
// versions in order.
func holding(w *inspect.Installation, name string, all []*component, look func(*component) bool) (found []component) {
	for _, c := range all {
		if look(c) && slices.ContainsFunc(c.folders, func(f storeFolder) bool { return bootchain.Exists(w.Volume, source.Join(f.dir, name)) }) {
			slices.SortFunc(c.folders, func(a, b storeFolder) int { return b.Version.Compare(a.Version) })
			found = append(found, *c)
		}
	}
	return found
}

// namedAfter: the name of the component has that of the file in it, or is known.
func namedAfter(component, name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	known := map[string]string{"ntoskrnl": "os-kernel", "ntkrnlpa": "os-kernel", "winload": "environment-windows"}
	return strings.Contains(component, stem) || known[stem] != "" && strings.Contains(component, known[stem])
}

// InStore reports whether a Vista or later keeps a file of that name as a part of
// Windows. Then SystemFile alone says which version may be taken.
func InStore(w *inspect.Installation, name string) bool {
	if !edition.NT6 {
		return false
	}
	return len(componentsOf(w, name, bootchain.MachineOf(w))) > 0
}

// MayTake reports whether a version is of the build of Windows and of no later update:
// without that no file is taken, with it alone on request only.
func MayTake(w *inspect.Installation, v pe.Version) bool {
	if !edition.NT6 {
		return false
	}
	return sameBuild(w, v) && !laterUpdate(w, v)
}

// archName is how the store names a processor.
func archName(m pe.Machine) string {
	return map[pe.Machine]string{pe.X86: "x86", pe.AMD64: "amd64", pe.ARM64: "arm64"}[m]
}

// stored takes a file of the store, which may be packed there.
func (f *Found) stored(w *inspect.Installation, path, name string, machine pe.Machine, origin source.Origin) {
	where := path + " on " + w.Volume.ID()
	file, err := w.Volume.Tree().Open(path)
	if err != nil {
		f.Rejected = append(f.Rejected, fmt.Sprintf("%s: %v", where, err))
		return
	}
	head := make([]byte, min(winsxs.HeadSize, file.Size()))
	if _, err := file.ReadAt(head, 0); len(head) > 0 && err != nil {
		f.Problems = append(f.Problems, fmt.Errorf("%s: %w", where, err))
		return
	}
	if how := winsxs.Packed(head); how != "" {
		f.Rejected = append(f.Rejected, fmt.Sprintf("%s: it is stored %s, %v", where, how, ErrPacked))
		return
	}
	f.add(name, where, origin, file, machine, func(c *Copy) { c.Own = true })
}

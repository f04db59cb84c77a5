package repair

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Bundle is an undo bundle that was found. Manifest is nil when Err says why it
// cannot be used.
type Bundle struct {
	Name     string
	Where    string
	Manifest *bundle.Manifest
	Err      error
	volume   *inspect.Volume // nil: in folder
	folder   bundle.Folder
	image    string // beside which the folder lies, "" for the state directory
}

// FindBundles lists the undo bundles of the patient, the newest first: on its
// volumes, beside its images, and for block devices in the state directory.
func FindBundles(p *inspect.Patient, stateDir string) []*Bundle {
	var all []*Bundle
	for _, v := range p.Volumes() {
		if v.FS == nil {
			continue
		}
		entries, err := v.FS.ReadDir(bundle.Root)
		if err != nil {
			continue // there is none, or condition volume-damaged says so
		}
		for _, e := range entries {
			if e.IsDir() {
				all = append(all, openOnVolume(v, e.Name))
			}
		}
	}
	devices := false
	for _, d := range p.Disks {
		if isDevice(d.Path) {
			devices = true
			continue
		}
		beside := inFolders(bundle.Beside(d.Path))
		for _, b := range beside {
			b.image = d.Path
		}
		all = append(all, beside...)
	}
	if devices {
		for _, b := range inFolders(bundle.In(stateDir)) {
			if b.Err != nil || b.concerns(p) {
				all = append(all, b)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Bundle) int {
		if a.Manifest != nil && b.Manifest != nil && !a.Manifest.Time.Equal(b.Manifest.Time) {
			return b.Manifest.Time.Compare(a.Manifest.Time) // several in one second have their names in any order
		}
		return strings.Compare(b.Name, a.Name)
	})
	return all
}

func isDevice(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode()&os.ModeDevice != 0
}

func openOnVolume(v *inspect.Volume, name string) *Bundle {
	b := &Bundle{Name: name, Where: v.ID() + " " + fs.JoinPath(bundle.Root, name), volume: v}
	f, err := v.FS.Open(fs.JoinPath(bundle.Root, name, bundle.ManifestName))
	if err != nil {
		b.Err = err
		return b
	}
	b.Manifest, b.Err = bundle.Decode(io.NewSectionReader(f, 0, f.Info().Size))
	return b
}

func inFolders(dir string) []*Bundle {
	folders, err := bundle.Folders(dir)
	if err != nil {
		return []*Bundle{{Name: "?", Where: dir, Err: err}}
	}
	var all []*Bundle
	for _, f := range folders {
		b := &Bundle{Name: f.Path[strings.LastIndex(f.Path, "/")+1:], Where: f.Path, folder: f}
		b.Manifest, b.Err = f.Manifest()
		all = append(all, b)
	}
	return all
}

// concerns reports whether all places of the bundle are on the patient.
func (b *Bundle) concerns(p *inspect.Patient) bool {
	for _, item := range b.Manifest.Items {
		if _, _, err := b.find(p, item); err != nil {
			return false
		}
	}
	return true
}

// on is the same bundle found again on another inspection.
func (b *Bundle) on(now *inspect.Patient) (*Bundle, error) {
	if b.volume == nil {
		return b, nil
	}
	v := findVolume(now, b.volume)
	if v == nil || v.FS == nil {
		return nil, fmt.Errorf("%s: %w", b.Where, ErrChanged)
	}
	again := openOnVolume(v, b.Name)
	return again, again.Err
}

// host is the bundle for the host, nil when it is on a volume.
func (b *Bundle) host() *hostBundle {
	if b.volume != nil {
		return nil
	}
	return &hostBundle{folder: b.folder, manifest: b.Manifest}
}

// content is the stored content of a file. The hash is proved when it is
// written: the second read of a step must give what the first gave.
func (b *Bundle) content(s *bundle.State) (step.Content, error) {
	want, err := sumOf(s)
	if err != nil {
		return step.Content{}, err
	}
	var r io.ReaderAt
	if b.volume != nil {
		f, err := b.volume.FS.Open(fs.JoinPath(bundle.Root, b.Name, s.Stored))
		if err != nil {
			return step.Content{}, err
		}
		r = f
	} else {
		f, err := b.folder.Open(s.Stored)
		if err != nil {
			return step.Content{}, err
		}
		r = f // closed with the process: the plan reads it until it is committed
	}
	c, err := step.NewContent(r, s.Size)
	if err == nil && c.FileState != want {
		err = fmt.Errorf("%s: %s is damaged: %s, expected %s", b.Where, s.Stored, c.FileState, want)
	}
	return c, err
}

// removal are the steps that delete the bundle from its volume.
func (b *Bundle) removal() ([]step.Step, error) {
	if b.volume == nil {
		return nil, nil
	}
	dir := fs.JoinPath(bundle.Root, b.Name)
	entries, err := b.volume.FS.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	const why = "the bundle, which is used up, is gone"
	var steps []step.Step
	for _, e := range entries {
		path := fs.JoinPath(dir, e.Name)
		state, err := step.StateOf(b.volume.FS, path)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step.Remove{Volume: b.volume, Path: path, Old: &state, Why: why})
	}
	steps = append(steps, step.Remove{Volume: b.volume, Path: dir, Why: why})
	reports, err := b.reportRemoval(why)
	if err != nil {
		return nil, err
	}
	steps = append(steps, reports...)
	gone := map[string]bool{}
	for _, s := range steps {
		gone[strings.ToUpper(s.(step.Remove).Path)] = true
	}
	for at := fs.SplitPath(bundle.Root); len(at) > 0; at = at[:len(at)-1] {
		parent := fs.JoinPath(at...)
		left, err := b.volume.FS.ReadDir(parent)
		if err != nil || slices.ContainsFunc(left, func(e fs.Info) bool { return !gone[strings.ToUpper(fs.JoinPath(parent, e.Name))] }) {
			break
		}
		steps = append(steps, step.Remove{Volume: b.volume, Path: parent, Why: why})
		gone[strings.ToUpper(parent)] = true
	}
	return steps, nil
}

// find is the disk and the volume of an item. A volume is known by where it
// begins and by its serial number; where two disks have the same, as a clone
// and its original do, the one that holds the bundle counts.
func (b *Bundle) find(p *inspect.Patient, i bundle.Item) (*inspect.Disk, *inspect.Volume, error) {
	want := b.Manifest.Disks[i.Disk]
	var disks []*inspect.Disk
	var volumes []*inspect.Volume
	for _, d := range p.Disks {
		if d.Err != nil || d.Dev.Size() != want.Size || b.image != "" && len(b.Manifest.Disks) == 1 && d.Path != b.image {
			continue
		}
		var at *inspect.Volume
		if i.Volume != nil {
			if at = volumeAt(d, *i.Volume); at == nil {
				continue
			}
		}
		disks, volumes = append(disks, d), append(volumes, at)
	}
	if len(disks) == 0 {
		return nil, nil, fmt.Errorf("%s: the disk that was repaired (%s, %d bytes) is not attached", b.Where, want.Name, want.Size)
	}
	if len(disks) == 1 {
		return disks[0], volumes[0], nil
	}
	for k, d := range disks {
		if b.volume != nil && d == b.volume.Disk || b.volume == nil && d.Name() == want.Name {
			return d, volumes[k], nil
		}
	}
	return nil, nil, fmt.Errorf("%s: %d disks could be the one that was repaired; attach one of them only", b.Where, len(disks))
}

// volumeAt is the volume that begins there; one that could not be read when it
// was repaired has no serial number.
func volumeAt(d *inspect.Disk, want bundle.Volume) *inspect.Volume {
	for _, v := range d.Volumes {
		if v.Partition.Range.Off == want.Offset && (want.Serial == 0 || v.FS != nil && v.Serial() == want.Serial) {
			return v
		}
	}
	return nil
}

// Drop removes a bundle all of whose changes were taken back before. One on a
// volume is removed by the plan, or not at all.
func (b *Bundle) Drop() error { return b.host().remove() }

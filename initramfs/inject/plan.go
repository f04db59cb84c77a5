package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// plan collects the steps for one installation.
type plan struct {
	w      *inspect.Installation
	system *hive
	soft   *hive // opened when it is needed
	files  []step.Step
	dirs   map[string]bool // folders that are there or made, and files made
}

func newPlan(w *inspect.Installation) (*plan, error) {
	switch {
	case w.HiveErr != nil:
		return nil, fmt.Errorf("%s: %w", w.HivePath, w.HiveErr)
	case w.SystemErr != nil:
		return nil, fmt.Errorf("%s: %w", w.HivePath, w.SystemErr)
	case len(w.ControlSets) == 0:
		return nil, fmt.Errorf("%s: no control set", w.HivePath)
	case w.VersionErr != nil:
		return nil, fmt.Errorf("version of Windows: %w", w.VersionErr)
	case w.Arch == "":
		return nil, errors.New("the architecture of Windows is not known")
	}
	return &plan{w: w, system: newHive(w.Volume, w.HivePath, w.Hive), dirs: map[string]bool{}}, nil
}

func (p *plan) software() (*hive, error) {
	if p.soft != nil {
		return p.soft, nil
	}
	var err error
	p.soft, err = openHive(p.w, softwareHive)
	return p.soft, err
}

// steps are the files first: a service whose file is missing is worse than a
// file that nobody loads.
func (p *plan) steps() []step.Step {
	all := append([]step.Step{}, p.files...)
	all = append(all, p.system.steps()...)
	if p.soft != nil {
		all = append(all, p.soft.steps()...)
	}
	return all
}

// Steps are what puts drivers into a Windows: files, package, services,
// bindings. What is there already and right gives no step. Every control set
// gets the same, since the loader may take another one next time. The drivers
// are checked before; what speaks against one is a *Refusal.
func Steps(w *inspect.Installation, drivers ...Driver) ([]step.Step, error) {
	p, err := newPlan(w)
	if err != nil {
		return nil, err
	}
	for i := range drivers {
		if err := Check(w, &drivers[i]); err != nil {
			return nil, err
		}
		if err := p.put(&drivers[i]); err != nil {
			return nil, fmt.Errorf("driver %s: %w", drivers[i].Service.Name, err)
		}
	}
	return p.steps(), nil
}

func (p *plan) put(d *Driver) error {
	for _, f := range d.Files {
		if err := p.putFile(f, "driver "+d.Service.Name+" can be loaded"); err != nil {
			return err
		}
	}
	if err := p.hasFile(d); err != nil {
		return err
	}
	if err := p.putPackageFiles(d); err != nil {
		return err
	}
	for _, set := range p.w.ControlSets {
		if err := p.putService(set, d.Service); err != nil {
			return err
		}
	}
	return p.bind(d)
}

// hasFile: what the service will load is there, or is being put there.
func (p *plan) hasFile(d *Driver) error {
	path := p.w.Path(d.Service.file())
	if p.dirs[folded(path)] {
		return nil
	}
	_, err := p.w.Volume.FS.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return refusals(d.Service.Name, path, inspect.Evidence{Volume: p.w.Volume.ID(), Path: path, Offset: -1, Actual: "does not exist"})(
			MissingFile, "it does not bring along %s, and this Windows does not have it. Provide the whole package", d.Service.file())
	}
	return err
}

// bind makes Windows give the devices to the service: by nothing before Windows
// 2000, whose miniports look for their hardware themselves.
func (p *plan) bind(d *Driver) error {
	if len(d.IDs) == 0 || !p.w.Version.AtLeast(5, 0) {
		return nil
	}
	db, err := p.w.System.DriverDatabase()
	if err == nil {
		if k, err := p.w.Hive.Key(strings.TrimSuffix(databaseRoot, `\`)); err != nil || registry.IsLink(k) {
			return errors.Join(err, refusals(d.Service.Name, "")(NotUnderstood,
				"the driver database of this Windows is a link to another hive, which cannot be followed. Provide a disk on a controller that it knows"))
		}
		return p.putDatabase(db, d)
	}
	if !errors.Is(err, regf.ErrNotExist) {
		return err
	}
	for _, set := range p.w.ControlSets {
		if err := p.putCritical(set, d); err != nil {
			return err
		}
	}
	return nil
}

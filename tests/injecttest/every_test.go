package injecttest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestEveryPackage puts every package of the collection into every generated
// Windows that it claims, for every kind of device that it serves: the result
// must hang together, or there is a typed refusal. Of every twelfth the hive is
// edited and read by hivexregedit, in a campaign of all.
func TestEveryPackage(t *testing.T) {
	dir := collection(t)
	foreign, every := 0, 12
	if os.Getenv("BOOTMEND_CAMPAIGN") != "" {
		every = 1
	}
	total, refused := map[string]int{}, map[inject.Kind]int{}
	for _, name := range []string{"winxp-x86", "win2003-system-c", "win7-x86", "win7-x64", "win81-x64", "win10-x64"} {
		t.Run(name, func(t *testing.T) {
			image := guestOf(t, name)
			_, w := open(t, image, profile(t, "qemu-pc"))
			hive := hiveBytes(t, guests.MustLoad(t, name), image)
			standIn := standInOf(t, w)
			target := inject.Target(w)
			for _, folder := range []string{"virtio", "vmware", "dp", "genahci"} {
				for _, p := range source.Packages(from(t, folder, standIn), source.Options{}).Packages {
					for _, m := range devices(t, p, target) {
						total[name]++
						by := hive
						if total[name]%every != 0 {
							by = nil
						} else {
							foreign++
						}
						err := put(t, w, m, by)
						var r *inject.Refusal
						if errors.As(err, &r) {
							refused[r.Kind]++
							if r.Sentence == "" || !strings.Contains(r.Sentence, "Provide") && !strings.Contains(r.Sentence, "provide") {
								t.Errorf("%s for %s: a refusal that says not what to do: %v", p, m.ID, r)
							}
						} else if err != nil {
							t.Errorf("%s for %s: %v", p, m.ID, err)
						}
					}
				}
			}
		})
	}
	n, sum := 0, 0
	for _, k := range total {
		n += k
	}
	for _, k := range refused {
		sum += k
	}
	if n < 500 || n == sum {
		t.Errorf("%d cells, %d refused, in %s", n, sum, dir)
	}
	t.Logf("%d packages and devices put into Windows, by guest %v, %d of them read by hivexregedit; refused %d: %v", n, total, foreign, sum, refused)
}

// devices are the matches of a package in a Windows, one for each install
// section: its other devices come to the same.
func devices(t testing.TB, p *source.Package, target inf.Target) []source.Match {
	t.Helper()
	var all []source.Match
	var sections []string
	try := func(section, id string) {
		if slices.Contains(sections, section) || id == "" {
			return
		}
		sections = append(sections, section)
		if m, ok, err := p.Match([]string{id}, target); err == nil && ok {
			all = append(all, m)
		}
	}
	if p.Setup != nil {
		for _, o := range p.Setup.Options {
			for _, h := range o.IDs {
				try(o.ID+h.Service, h.ID)
			}
		}
		return all
	}
	models, err := p.INF.Models(target)
	if err != nil {
		return nil // tests/inftest has these
	}
	for _, m := range models {
		try(strings.ToLower(m.Section), m.HardwareID)
	}
	return all
}

// put makes the steps and checks that the chain from the id to the file is
// closed in what they lead to.
func put(t testing.TB, w *inspect.Installation, m source.Match, hive []byte) error {
	t.Helper()
	drivers, err := inject.FromMatch(m, []string{m.ID})
	if err != nil {
		return err
	}
	steps, err := inject.Steps(w, drivers...)
	if err != nil {
		return err
	}
	after := outcome{w: w, values: map[string]*step.Data{}, files: map[string]bool{}}
	if hive != nil {
		if after.foreign, err = edited(t, w, hive, steps); err != nil {
			return err
		}
	}
	for _, s := range steps {
		switch s := s.(type) {
		case step.SetValue:
			after.values[strings.ToLower(s.Key+"|"+s.Value)] = s.New
		case step.WriteFile:
			after.files[strings.ToLower(s.Path)] = true
		}
	}
	for _, set := range w.ControlSets {
		if err := after.closed(set, drivers[0], m.ID); err != nil {
			return fmt.Errorf("%s: %w", set.Path, err)
		}
	}
	return nil
}

// outcome is an installation with steps carried out.
type outcome struct {
	w      *inspect.Installation
	values map[string]*step.Data
	files  map[string]bool
	// foreign is the hive as hivexregedit exports it, by key and name in lower
	// case; nil: values, and what the hive had, are asked.
	foreign map[string]string
}

// text is a value as it will be.
func (o outcome) text(key, name string) string {
	if o.foreign != nil {
		return o.foreign[strings.ToLower(key+"|"+name)]
	}
	if d, ok := o.values[strings.ToLower(key+"|"+name)]; ok && d.Type == regf.RegDWORD {
		return string(d.Bytes)
	} else if ok {
		return strings.TrimRight(registry.Text(d.Bytes), "\x00")
	}
	k, err := o.w.Hive.Key(key)
	if err != nil {
		return ""
	}
	v, err := k.Value(name)
	if err != nil {
		return ""
	}
	b, err := v.Data()
	if err != nil {
		return ""
	}
	if v.Type() == regf.RegDWORD {
		return string(b)
	}
	return strings.TrimRight(registry.Text(b), "\x00")
}

// closed follows id, service, file.
func (o outcome) closed(set *registry.ControlSet, d inject.Driver, id string) error {
	key := set.Path + `\Services\` + d.Service.Name
	if start := o.text(key, "Start"); start != "\x00\x00\x00\x00" {
		return fmt.Errorf("%s does not start with the loader", d.Service.Name)
	}
	file, err := registry.DriverFile(&registry.Service{Name: d.Service.Name, ImagePath: o.text(key, "ImagePath")}, o.w.Root)
	if err != nil {
		return err
	}
	if _, err := o.w.Volume.FS.Stat(o.w.Path(file)); err != nil && !o.files[strings.ToLower(o.w.Path(file))] {
		return fmt.Errorf("there is no %s", file)
	}
	if has, err := o.w.System.HasDriverDatabase(); err != nil || has {
		return o.inDatabase(d, id, err)
	}
	if got := o.text(set.Path+`\Control\CriticalDeviceDatabase\`+registry.CriticalDeviceID(id), "Service"); !strings.EqualFold(got, d.Service.Name) {
		return fmt.Errorf("%s is given to %q, not to %s", id, got, d.Service.Name)
	}
	return nil
}

func (o outcome) inDatabase(d inject.Driver, id string, err error) error {
	if err != nil {
		return err
	}
	const root = `DriverDatabase\`
	inf := "bootmend_" + strings.ToLower(d.Service.Name) + ".inf"
	pkg := o.text(root+`DriverInfFiles\`+inf, "Active")
	conf := o.text(root+`DriverPackages\`+pkg+`\Descriptors\`+id, "Configuration")
	service := o.text(root+`DriverPackages\`+pkg+`\Configurations\`+conf, "Service")
	if o.text(root+`DeviceIds\`+id, inf) == "" || !strings.EqualFold(service, d.Service.Name) {
		if db, err := o.w.System.DriverDatabase(); err == nil {
			list, _ := db.Lookup(id)
			if slices.ContainsFunc(list, func(b registry.Binding) bool { return strings.EqualFold(b.Service, d.Service.Name) }) {
				return nil // bound before
			}
		}
		return fmt.Errorf("%s leads over %q, %q and %q to %q", id, inf, pkg, conf, service)
	}
	return nil
}

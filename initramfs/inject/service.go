package inject

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

const miniportGroup = "SCSI miniport"

// putService makes the service of a control set one that the loader starts.
func (p *plan) putService(set *registry.ControlSet, s Service) error {
	h := p.system
	h.why = fmt.Sprintf("%s of %s starts with the boot loader", s.Name, set.Path)
	wanted := slices.IndexFunc(s.Values, func(v Value) bool { return v.Key == "" && strings.EqualFold(v.Name, "Tag") && isDWORD(v.Data) })
	key := serviceKey(set, s.Name)
	for _, v := range []struct {
		name  string
		want  uint32
		force bool
	}{{"Type", s.Type, true}, {"Start", registry.StartBoot, !isFileSystem(s.Name)}, {"ErrorControl", s.ErrorControl, false}} {
		put := h.putMissing
		if v.force {
			put = h.put
		}
		if err := put(key, v.name, step.DWORD(v.want)); err != nil {
			return err
		}
	}
	if wanted >= 0 { // what an INF says in so many words counts, free or not
		if err := h.putMissing(key, "Tag", s.Values[wanted].Data); err != nil {
			return err
		}
	}
	if err := p.putGroup(set, key, s); err != nil {
		return err
	}
	if err := p.putImagePath(key, s); err != nil {
		return err
	}
	if s.DisplayName != "" {
		if err := h.putMissing(key, "DisplayName", textData(s.DisplayName)); err != nil {
			return err
		}
	}
	if err := p.putValues(key, tame(s.Values)); err != nil {
		return err
	}
	if len(s.EventLog) > 0 {
		if err := p.putValues(set.Path+`\Services\EventLog\System\`+s.Name, s.EventLog); err != nil {
			return err
		}
	}
	return p.clearOverride(set, s.Name)
}

// serviceKey is the key path; the hives of Windows 7 have "services".
func serviceKey(set *registry.ControlSet, name string) string {
	if s, err := set.Service(name); err == nil {
		return s.KeyPath
	}
	return set.Path + `\Services\` + name
}

// putValues writes what an INF wants in a key. What is there stays, so that
// what a person tuned is kept, but for what makes a port driver take the
// miniport for Plug and Play.
func (p *plan) putValues(key string, values []Value) error {
	for _, v := range values {
		if v.Key == "" && strings.EqualFold(v.Name, "Tag") && v.Data != nil && !isDWORD(v.Data) {
			continue // no number, no tag
		}
		at := strings.Trim(key+`\`+v.Key, `\`)
		if v.Data == nil {
			if err := p.system.makeKey(at); err != nil {
				return err
			}
			continue
		}
		put := p.system.putMissing
		if regf.EqualFold(v.Key, `Parameters\PnpInterface`) {
			put = p.system.put
		}
		if err := put(at, v.Name, v.Data); err != nil {
			return err
		}
	}
	return nil
}

// putGroup gives the service a group that the loader knows: it passes over
// services whose group is not in ServiceGroupOrder (ReactOS wlregistry.c). A
// tag that is there stays.
func (p *plan) putGroup(set *registry.ControlSet, key string, s Service) error {
	h := p.system
	group, err := h.text(key, "Group")
	if err != nil {
		return err
	}
	order, err := set.ServiceGroupOrder()
	if err = absent(err); err != nil {
		return err
	}
	known := func(g string) bool {
		return slices.ContainsFunc(order, func(o string) bool { return regf.EqualFold(o, g) })
	}
	want := s.Group
	if want != "" && len(order) > 0 && !known(want) {
		want = miniportGroup
	}
	if want == "" || group != "" && (len(order) == 0 || known(group)) {
		return nil
	}
	if err := h.putText(key, "Group", want); err != nil {
		return err
	}
	return p.putTag(set, key, want, s)
}

// putTag gives a service without tag one that no other service of its group
// has: the one it wants, or the lowest of the group's order list, or the lowest of
// all.
func (p *plan) putTag(set *registry.ControlSet, key, group string, s Service) error {
	if d, err := p.system.get(key, "Tag"); err != nil || d != nil {
		return err
	}
	used, err := p.tags(set, group)
	if err != nil {
		return err
	}
	list := groupOrderKey(set)
	order, err := p.system.get(list, group)
	if err != nil {
		return err
	}
	tags := orderList(order)
	tag, ok := s.Tag, s.HasTag && !used[s.Tag]
	if !ok {
		free := slices.DeleteFunc(slices.Clone(tags), func(t uint32) bool { return used[t] })
		if len(free) > 0 {
			tag = slices.Min(free)
		} else {
			for tag = 1; used[tag]; tag++ {
			}
		}
	}
	if err := p.system.put(key, "Tag", step.DWORD(tag)); err != nil || !s.TagToFront {
		return err
	}
	tags = append([]uint32{tag}, slices.DeleteFunc(tags, func(t uint32) bool { return t == tag })...)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(tags)))
	for _, t := range tags {
		b = binary.LittleEndian.AppendUint32(b, t)
	}
	return p.system.put(list, group, binaryData(b...))
}

func groupOrderKey(set *registry.ControlSet) string { return set.Path + `\Control\GroupOrderList` }

// orderList decodes a vector of tags: a count, and the tags. What is longer or
// shorter than it says is cut.
func orderList(d *step.Data) []uint32 {
	if d == nil || len(d.Bytes) < 4 {
		return nil
	}
	n := int(min(binary.LittleEndian.Uint32(d.Bytes), uint32(len(d.Bytes)/4-1)))
	tags := make([]uint32, n)
	for i := range tags {
		tags[i] = binary.LittleEndian.Uint32(d.Bytes[4+4*i:])
	}
	return tags
}

// tags are those that the services of a group have, with what was planned.
func (p *plan) tags(set *registry.ControlSet, group string) (map[uint32]bool, error) {
	used := map[uint32]bool{}
	services, err := set.Services()
	if len(services) == 0 && err != nil {
		return nil, err
	}
	for _, s := range services {
		if s.HasTag && regf.EqualFold(s.Group, group) {
			used[s.Tag] = true
		}
	}
	for _, v := range p.system.values {
		parent, _ := cutLast(v.Key)
		if strings.EqualFold(v.Value, "Tag") && isDWORD(v.New) && regf.EqualFold(parent, set.Path+`\Services`) {
			used[binary.LittleEndian.Uint32(v.New.Bytes)] = true
		}
	}
	return used, nil
}

// isDWORD: other types and lengths of a value that should be one say nothing.
func isDWORD(d *step.Data) bool { return d != nil && d.Type == regf.RegDWORD && len(d.Bytes) == 4 }

// cutLast parts the path of a key from its name.
func cutLast(key string) (parent, name string) {
	i := strings.LastIndexByte(key, '\\')
	return key[:max(i, 0)], key[i+1:]
}

// putImagePath writes the path of the file in the form that the Windows itself
// uses for drivers that the loader reads, unless the one that is there leads
// to the same file.
func (p *plan) putImagePath(key string, s Service) error {
	old, err := p.system.text(key, "ImagePath")
	if err != nil {
		return err
	}
	now := &registry.Service{Name: s.Name, ImagePath: old}
	if file, err := registry.DriverFile(now, p.w.Root); err == nil && strings.EqualFold(file, s.file()) && (old != "" || !p.w.Version.AtLeast(5, 0)) {
		return nil
	}
	return p.system.put(key, "ImagePath", expandData(imagePath(p.w, s.file())))
}

// imagePath: the spelling of the directories as real hives of XP, 7, 8.1 and
// 10 have it.
func imagePath(w *inspect.Installation, file string) string {
	for _, dir := range []string{`system32\drivers\`} {
		if len(file) > len(dir) && strings.EqualFold(file[:len(dir)], dir) {
			name := file[len(dir):]
			switch {
			case w.Version.AtLeast(6, 2):
				return `System32\drivers\` + name
			case w.Version.AtLeast(6, 0):
				return `system32\drivers\` + name
			}
			return `system32\DRIVERS\` + name
		}
	}
	return file
}

// clearOverride makes what Windows 8 and later read instead of Start agree.
func (p *plan) clearOverride(set *registry.ControlSet, name string) error {
	if !p.w.Version.AtLeast(6, 2) {
		return nil
	}
	s, err := set.Service(name)
	if err != nil {
		return absent(err)
	}
	for _, o := range s.StartOverride {
		if err := p.system.put(s.KeyPath+`\StartOverride`, o.Name, step.DWORD(registry.StartBoot)); err != nil {
			return err
		}
	}
	return nil
}

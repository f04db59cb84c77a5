package journal

import (
	"crypto/sha256"

	"github.com/bootmend/bootmend/initramfs/block"
)

// streams notes where new content goes.
func (p *plan) streams(disk int, d *Disk) error {
	ss := int64(d.Dev.SectorSize())
	for _, s := range d.Streams {
		if s.Len <= 0 || s.Off%ss != 0 || s.Len%ss != 0 || !(block.Range{Len: d.Dev.Size()}).Contains(s.Range) ||
			s.Content == nil || len(s.Marks) == 0 {
			return invalid("stream to %v with %d marks", s.Range, len(s.Marks))
		}
		p.take(disk, s.Range, "stream")
		p.w.body.streams = append(p.w.body.streams, stream{disk, s.Range})
		p.content = append(p.content, s.Content)
		for _, m := range s.Marks {
			p.w.body.reserved = append(p.w.body.reserved, held{disk, m})
		}
	}
	return nil
}

// volumes notes the witnesses with their hashes before and after, and the
// dirty flags.
func (p *plan) volumes(disk int, d *Disk) error {
	all := []witness{}
	if len(d.Identity) > 0 {
		all = append(all, witness{disk: disk, identity: true, ranges: d.Identity})
	}
	for _, v := range d.Volumes {
		for _, x := range v.Witnesses {
			all = append(all, witness{disk: disk, ranges: x.Ranges})
		}
		for _, f := range v.Dirty {
			p.w.man.flags = append(p.w.man.flags, held{disk, f})
		}
	}
	for _, x := range all {
		if len(x.ranges) == 0 {
			return invalid("witness without ranges")
		}
		before, after := sha256.New(), sha256.New()
		for _, r := range x.ranges {
			if r.Len <= 0 || r.Len > maxWitness || !(block.Range{Len: d.Dev.Size()}).Contains(r) {
				return invalid("witness %v", r)
			}
			buf := make([]byte, r.Len)
			if err := p.w.read(disk, buf, r.Off); err != nil {
				return err
			}
			before.Write(buf)
			p.layPlan(buf, disk, r.Off)
			after.Write(buf)
		}
		x.before, x.after = [32]byte(before.Sum(nil)), [32]byte(after.Sum(nil))
		p.w.body.witnesses = append(p.w.body.witnesses, x)
	}
	return nil
}

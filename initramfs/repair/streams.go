package repair

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Large content does not go through memory. While it is rehearsed it lies in a
// temporary file; what of it goes into clusters that were free before is
// written straight there, before the transaction is committed.

// Stream is content that goes straight to where it belongs.
type Stream struct {
	block.Range             // of the disk
	content     io.ReaderAt // of the disk as it will be, from its start
	marks       []journal.Bits
}

// maxStreams is how many of them the record of a journal has room for, beside
// all else. 16 MiB each on a volume with clusters of 4 KiB.
const maxStreams = 40

// spillFrom is the content, in bytes, from which a temporary file takes it.
const spillFrom = 8 << 20

// spill gives the overlays a temporary file where the steps bring much content,
// or have to empty large logs first.
func (r *rehearsal) spill(before, steps []step.Step) error {
	n, err := logBytes(before)
	if err != nil {
		return err
	}
	if n >= spillFrom {
		if err := memoryForLogs(n); err != nil {
			return err
		}
	}
	for _, s := range steps {
		if w, ok := s.(step.WriteFile); ok {
			if w.Volume.Kind != fs.NTFS && w.New.Size > overlay.MaxBytes {
				return fmt.Errorf("%s: files of more than %d MiB are put onto NTFS volumes only: %w", w.Volume.ID(), overlay.MaxBytes>>20, fs.ErrUnsupported)
			}
			n += w.New.Size
		}
	}
	if n < spillFrom {
		return nil
	}
	for _, o := range r.overlays {
		if err := spillOne(o); err != nil {
			return fmt.Errorf("room for %d bytes of new content: %w", n, err)
		}
	}
	return nil
}

// spillOne gives an overlay a temporary file. Nameless, it goes away with the
// process however that ends.
func spillOne(o *overlay.Overlay) error {
	f, err := os.CreateTemp("", "bootmend-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	o.Spill(f)
	return nil
}

// streams finds what of the spilled content lies in space that was free.
func (r *rehearsal) streams(d *inspect.Disk, o *overlay.Overlay) ([]Stream, error) {
	var all []Stream
	for _, s := range r.structural {
		if s.volume.Disk != d {
			continue
		}
		if s.volume.Kind != fs.NTFS {
			continue // a FAT says which cluster follows, so that no bits reserve one
		}
		before, err := probe.Open(s.base)
		if err != nil {
			return nil, err
		}
		base := s.volume.Partition.Range.Off
		for _, spilled := range o.Spilled() {
			free, err := freeIn(before, block.Range{Off: spilled.Off - base, Len: spilled.Len}, base)
			if err != nil {
				return nil, err
			}
			for _, e := range free {
				all = append(all, Stream{Range: e.Range, content: o, marks: e.marks})
			}
		}
	}
	// The largest ones; the rest goes through the journal like any change.
	slices.SortStableFunc(all, func(a, b Stream) int { return int(min(1, max(-1, b.Len-a.Len))) })
	all = all[:min(len(all), maxStreams)]
	slices.SortFunc(all, func(a, b Stream) int { return int(min(1, max(-1, a.Off-b.Off))) })
	return all, nil
}

func rangesOf(streams []Stream) []block.Range {
	all := make([]block.Range, len(streams))
	for i, s := range streams {
		all[i] = s.Range
	}
	return all
}

// journaled is the stream as the journal takes it; progress counts what is
// written.
func (s Stream) journaled(count func(int64)) journal.Stream {
	return journal.Stream{Range: s.Range, Marks: s.marks, Content: &counting{io.NewSectionReader(s.content, s.Off, s.Len), count}}
}

// counting tells how much was read.
type counting struct {
	r     io.ReaderAt
	count func(int64)
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.count(int64(n))
	return n, err
}

// countingReader is the same for a Reader.
type countingReader struct {
	r     io.Reader
	count func(int64)
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.count(int64(n))
	return n, err
}

// Progress is called while large content is worked on: what is being done, how
// many bytes of how many.
type Progress func(what string, done, total int64)

// counter adds up for a Progress, which may be nil.
func (p Progress) counter(what string, total int64) func(int64) {
	done := int64(0)
	return func(n int64) {
		done += n
		if p != nil && total >= spillFrom {
			p(what, done, total)
		}
	}
}

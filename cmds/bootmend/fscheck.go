package main

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	fatcheck "github.com/bootmend/bootmend/initramfs/fs/fat/check"
	ntfscheck "github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/report"
)

// checkVolume judges the consistency of a volume and lists what contradicts
// itself. It returns the exit code: 11 when a person or chkdsk is needed.
func checkVolume(out io.Writer, m *mounted) (int, error) {
	section, err := block.NewSection(m.volume.Disk.Dev, m.volume.Partition.Range)
	if err != nil {
		return 0, err
	}
	var problems []string
	more := 0
	switch m.volume.Kind {
	case fs.NTFS:
		r, err := ntfscheck.Volume(section)
		if err != nil {
			return 0, err
		}
		for _, p := range r.Problems {
			problems = append(problems, p.String())
		}
		more = r.More
		fmt.Fprintf(out, "%s: %d files, %d directories, %d index entries, %d clusters in use looked at\n", m.volume.ID(), r.Files, r.Directories, r.Entries, r.Clusters)
	case fs.FAT12, fs.FAT16, fs.FAT32:
		r, err := fatcheck.Volume(section)
		if err != nil {
			return 0, err
		}
		for _, p := range r.Problems {
			problems = append(problems, p.String())
		}
		more = r.More
		fmt.Fprintf(out, "%s: %d files, %d directories looked at\n", m.volume.ID(), r.Files, r.Directories)
	default:
		return 0, fmt.Errorf("%s: there is no check for it: %w", m.volume.Kind, fs.ErrUnsupported)
	}
	for _, p := range problems {
		fmt.Fprintln(out, "PROBLEM", p)
	}
	if len(problems) == 0 {
		fmt.Fprintln(out, "RESULT no contradiction found")
		return report.ExitOK, nil
	}
	fmt.Fprintf(out, "RESULT %d problems; let chkdsk of a working Windows check the volume, after its data is safe\n", len(problems)+more)
	return report.ExitPerson, nil
}

package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// The disk belongs to a storage pool (Storage Spaces): what it holds is a part of
// volumes that lie on several disks.
//
// Seen as: no Windows is found on it, which never starts from a pool. Windows 8
// and Server 2012 and later.
// Evidence: GPT type E75CAF8F-..., MBR types E7 and D7.
// Fix: none; nothing is written to such a disk.
var storageSpaces = Condition{
	ID:     "storage-spaces",
	Title:  "The disk belongs to a storage pool",
	Detect: detectStorageSpaces,
}

func detectStorageSpaces(_ context.Context, p *inspect.Patient) []Finding {
	return eachManaged(p, isPool, func(d *inspect.Disk) Finding {
		f := ofDisk(d)
		f.Summary = fmt.Sprintf("%s is a member of a storage pool, whose volumes bootmend does not look into.", d.Path)
		f.Advice = "Attach all disks of the pool to a Windows that starts: it puts the volumes together. "
		return f
	})
}

func isPool(e part.Partition) bool { return e.IsDynamic() && !isLDM(e) }

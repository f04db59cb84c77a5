package inject

import (
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
)

// Bounds of one package. Real ones of disk controllers have some dozen files, below
// 20 MiB together, and some dozen values of a few bytes.
const (
	maxPackageFiles = 500
	maxPackageBytes = 128 << 20
	maxValues       = 4000
	maxValueBytes   = 256 << 10 // of all values together
)

// installBounds refuses a package that would fill the registry or the volume,
// before its files are read.
func installBounds(do *inf.Install, refuse refuser) error {
	n, bytes := 0, 0
	count := func(list []inf.Registry) {
		for _, r := range list {
			n, bytes = n+1, bytes+len(r.Data)
		}
	}
	count(do.Registry)
	count(do.Hardware)
	for _, s := range do.Services {
		count(s.Registry)
		count(s.EventLog)
	}
	return bounded(len(do.Files), n, bytes, refuse)
}

func bounded(files, values, bytes int, refuse refuser) error {
	const provide = "Provide another version of the package"
	switch {
	case files > maxPackageFiles:
		return refuse(TooLarge, "it has %d files, at most %d are put into a Windows. "+provide, files, maxPackageFiles)
	case values > maxValues:
		return refuse(TooLarge, "it writes %d values of the registry, at most %d are written. "+provide, values, maxValues)
	case bytes > maxValueBytes:
		return refuse(TooLarge, "it writes %d bytes into the registry, at most %d are written. "+provide, bytes, maxValueBytes)
	}
	return nil
}

// setBounds refuses files that are too large, before they are read.
func setBounds(set *source.Set, refuse refuser) error {
	sum := int64(0)
	for _, f := range set.Files {
		sum += f.Size
	}
	if set.Catalog != nil {
		sum += set.Catalog.Size
	}
	if sum > maxPackageBytes {
		return refuse(TooLarge, "its files have %d MiB, at most %d MiB are put into a Windows. Provide another version of the package", sum>>20, maxPackageBytes>>20)
	}
	return nil
}

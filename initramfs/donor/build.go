package donor

import (
	"slices"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// enabled are the Windows that an enablement package makes of another: it turns on what
// is there and changes the build that Windows shows, while the files keep that of the
// other, and both get the same updates. Source: Microsoft's release notes of the
// packages (KB4517245, KB4562830, KB5003791, KB5015684, KB5027397, KB5054156) say that
// the two share one set of system files.
func enabled(build uint32) (files uint32) {
	switch build {
	case 18363: // 10 1909
		return 18362
	case 19042, 19043, 19044, 19045: // 10 20H2 to 22H2
		return 19041
	case 22631: // 11 23H2
		return 22621
	case 26200: // 11 25H2
		return 26100
	}
	return build
}

// sameBuild reports whether the first three numbers are those of the files of Windows.
func sameBuild(w *inspect.Installation, v pe.Version) bool {
	if w.VersionErr != nil || uint32(v[0]) != w.Version.Major || uint32(v[1]) != w.Version.Minor {
		return false
	}
	return uint32(v[2]) == w.Version.Build || w.Version.Major == 10 && uint32(v[2]) == enabled(w.Version.Build)
}

// earlierPack reports whether a version is of the same Windows before a service pack.
// Components that the pack did not change keep it (bootvid.dll and pshed.dll of 7 SP1
// are 6.1.7600.16385), so that it may be the one in use; of others it is the one that the pack
// replaced. The build alone tells nothing.
func earlierPack(w *inspect.Installation, v pe.Version) bool {
	packs := map[uint32][]uint32{
		0: {6000, 6001, 6002, 6003}, // Vista, its service packs, and what updates of 2019 make of the second
		1: {7600, 7601},
	}[w.Version.Minor]
	if w.VersionErr != nil || w.Version.Major != 6 || uint32(v[0]) != w.Version.Major || uint32(v[1]) != w.Version.Minor {
		return false
	}
	return slices.Contains(packs, uint32(v[2])) && slices.Contains(packs, w.Version.Build) && uint32(v[2]) < w.Version.Build
}

package registry

import (
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// The most that the hbins of a SYSTEM hive may grow to by our edits.
//
// NTLDR of Windows NT 4.0 and 2000 puts the hive, the kernel, the HAL, the boot
// drivers and its own tables below 16 MB, and says that SYSTEM is missing or
// corrupt where they do not fit (Microsoft KB 102721, 122793 and 306038). How
// much is left depends on the drivers; 10 MiB leave 6 for them, and the hive
// itself is around 3 MB (KB 306038). NTLDR of Windows XP and Server 2003 takes
// 32 MB (KB 919807 for x64, where a defect enforces it). Later ones were made
// for hives larger than any that was seen.
const (
	LimitNT4  = 10 << 20
	LimitXP   = 32 << 20
	unlimited = 0
)

// GrowthLimit is the size in bytes that the hbins of a SYSTEM hive must not
// exceed after an edit, 0 for no limit: MaxBins of regf.EditorOptions. A hive
// that is beyond already may be edited, not grown. The zero version, that is an
// unknown one, counts by the hive's format: version 1.3 is that of NT 4.0 and
// 2000, and for anything later it is the limit of Windows XP.
func GrowthLimit(v winver.Version, h *regf.Hive) int64 {
	base := h.Header()
	limit := int64(unlimited)
	switch {
	case v.Major == 0 && base.Minor <= 3, v.Major != 0 && !v.AtLeast(5, 1):
		limit = LimitNT4
	case v.Major == 0, !v.AtLeast(6, 0):
		limit = LimitXP
	}
	if limit == unlimited {
		return unlimited
	}
	return max(limit, int64(base.BinsSize))
}

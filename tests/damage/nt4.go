package damage

// The guests of Windows NT 4 and 2000: one partition, a SCSI adapter.
var (
	nt4       = []string{"winnt4-x86"}
	win2000   = []string{"win2000-buslogic"}
	before501 = []string{"winnt4-x86", "win2000-buslogic"}
)

// alsoOnNT4 names those of them that a damage works on besides the guests of its row.
var alsoOnNT4 = map[string][]string{
	"mbr-code-missing":                      nt4,
	"mbr-signature-missing":                 nt4,
	"active-missing":                        nt4,
	"vbr-hidden-sectors":                    nt4,
	"active-multiple/unused-slot":           before501,
	"partition-hidden":                      before501,
	"vbr-code-missing/copy":                 before501,
	"vbr-damaged/both-signatures":           before501,
	"ntldr-missing/nowhere":                 before501,
	"ntdetect-missing/nowhere":              before501,
	"ntldr-compressed":                      before501,
	"bootini-missing":                       before501,
	"bootini-missing/no-entry":              before501,
	"bootini-wrong-partition/partition":     before501,
	"bootini-scsi-signature/scsi":           before501,
	"bootini-scsi-signature/driver-is-none": win2000,
	"bootini-missing-hal/hal":               win2000,
	"ntfs-damaged/mirror":                   before501,
	"ntfs-damaged/bitmap":                   before501,
	"ntfs-damaged/backup-boot-sector":       before501,
	"ntfs-damaged/boot-sector-zero":         before501,
	"hive-log-pending":                      before501,
	"hive-damaged/mendable":                 before501,
	"hive-damaged/truncated":                before501,
	"hive-too-large/2000":                   nt4,
	"controlset-select/last-known-good-xp":  nt4,
	"boot-driver-file-missing/leftover":     before501,
	"filter-dangling/database":              win2000,
	"hibernated/upper-case":                 win2000,
	"ntfs-dirty":                            before501,
	"ntfs-log-unclean":                      before501,
}

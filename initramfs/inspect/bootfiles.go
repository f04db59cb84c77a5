package inspect

import "github.com/bootmend/bootmend/initramfs/fs"

// BootFiles are the paths of files on a volume without which Windows does not
// start: those of the boot loaders, and of every Windows on it. They need not
// exist.
func (p *Patient) BootFiles(v *Volume) []string {
	all := []string{`\bootmgr`, `\Boot\BCD`, `\ntldr`, `\ntdetect.com`, `\boot.ini`}
	for _, w := range p.Windows {
		if w.Volume != v {
			continue
		}
		for _, below := range []string{hiveBelow, softwareBelow, `system32\ntoskrnl.exe`, `system32\hal.dll`,
			`system32\winload.exe`, `system32\winload.efi`, `system32\drivers\disk.sys`} {
			all = append(all, fs.JoinPath(w.Root, below))
		}
	}
	return all
}

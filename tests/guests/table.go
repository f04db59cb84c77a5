package guests

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// writeTable writes the partition table into the image, by sfdisk or sgdisk.
func writeTable(image string, g *Guest) error {
	if g.GPT {
		return writeGPT(image, g)
	}
	var script strings.Builder
	fmt.Fprintf(&script, "label: dos\nlabel-id: 0x%s\nunit: sectors\n", g.ID)
	for _, p := range g.Parts {
		fmt.Fprintf(&script, "%s%d : start=%d, size=%d, type=%s", image, p.Number, p.Start/SectorSize, p.Size/SectorSize, p.Type)
		if p.Active {
			script.WriteString(", bootable")
		}
		script.WriteString("\n")
	}
	cmd := exec.Command("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image)
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("sfdisk: %w: %s\n%s", err, out, script.String())
	}
	if g.NoMBRCode {
		return nil
	}
	return writeBootCode(image, mbrCode(g.generation()))
}

func writeGPT(image string, g *Guest) error {
	args := []string{"--clear", "--set-alignment=1", "--disk-guid=" + g.ID}
	for _, p := range g.Parts {
		n := strconv.Itoa(p.Number)
		first, last := p.Start/SectorSize, (p.Start+p.Size)/SectorSize-1
		args = append(args,
			fmt.Sprintf("--new=%s:%d:%d", n, first, last),
			"--typecode="+n+":"+p.Type, "--partition-guid="+n+":"+p.GUID)
		if p.Attributes != "" {
			args = append(args, "--attributes="+n+":=:"+p.Attributes)
		}
		if p.Name != "" {
			args = append(args, "--change-name="+n+":"+p.Name)
		}
	}
	if out, err := exec.Command("sgdisk", append(args, image)...).CombinedOutput(); err != nil {
		return fmt.Errorf("sgdisk %v: %w: %s", args, err, out)
	}
	return nil
}

// writeBootCode puts boot code before the disk signature.
func writeBootCode(image string, code []byte) error {
	f, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(code, 0); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

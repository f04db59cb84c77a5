package inspect

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/media"
)

func TestIsRescueMedium(t *testing.T) {
	pvd := make([]byte, 17*2048)
	pvd[0x1BE] = 0x80 // the first entry of a hybrid MBR starts at LBA 0
	pvd[0x1BE+12] = 68
	copy(pvd[16*2048:], "\x01CD001\x01")
	copy(pvd[16*2048+40:], media.Label+" ")
	if !IsRescueMedium(bytes.NewReader(pvd)) {
		t.Error("our own medium is not recognised")
	}
	zeros := bytes.Clone(pvd)
	zeros[16*2048+40+len(media.Label)] = 0 // as the builder's library fills up
	if !IsRescueMedium(bytes.NewReader(zeros)) {
		t.Error("our own medium is not recognised when its label ends in zeros")
	}
	other := bytes.Clone(pvd)
	copy(other[16*2048+40:], "BOOTMEND2")
	plain := bytes.Clone(pvd)
	clear(plain[0x1BE:0x1CE])
	for name, disk := range map[string][]byte{"other label": other, "no hybrid MBR": plain, "empty": nil, "zeros": make([]byte, 17*2048), "short": pvd[:16*2048+20]} {
		if IsRescueMedium(bytes.NewReader(disk)) {
			t.Errorf("%s: taken for the medium", name)
		}
	}
}

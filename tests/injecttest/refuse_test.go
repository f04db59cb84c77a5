package injecttest

import (
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestRefusals: what speaks against a package is said before, with what to do.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, folder, guest, controller string
		without                         string // file that the Windows lacks
		kind                            inject.Kind
		says                            string
	}{
		{"storport on XP", "virtio/viostor/2k3/x86", "winxp-x86", "1af4:1001:010000:00021af4:00", "", inject.MissingImport, "scsiport"},
		{"storport of Server 2003 gone", "virtio/viostor/2k3/x86", "win2003-system-c", "1af4:1001:010000:00021af4:00", "storport", inject.MissingImport, "storport.sys"},
		{"signed for test mode", "virtio/viostor/w8.1/amd64", "win81-x64", "1af4:1001:010000:00021af4:00", "", inject.Unsigned, "test mode"},
		{"no catalog", "dp/LSI/FORCED/7x64/SAS_1.34.03", "win7-x64", "1000:0054:010700", "", inject.Unsigned, ".cat"},
		{"for 8.1 on 7", "virtio/viostor/w8.1/amd64", "win7-x64", "1af4:1001:010000:00021af4:00", "", "", ""},
		{"32 bits on 64", "virtio/viostor/w10/x86", "win10-x64", "1af4:1001:010000:00021af4:00", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			collection(t)
			image := ""
			if tt.without != "" {
				image = guests.MustLoad(t, tt.guest).Build(t) // the description has no storport.sys
			} else {
				image = guestOf(t, tt.guest)
			}
			m := machineOf(pci(t, tt.controller))
			p, w := open(t, image, m)
			standIn := standInOf(t, w)
			if strings.HasPrefix(tt.folder, "virtio") {
				standIn = nil
			}
			p.Media = []source.Tree{from(t, tt.folder, standIn)}
			if tt.kind == "" {
				_, err := inject.For(p, w, m.Controllers[0])
				if need, ok := inject.IsNeed(err); !ok || need.Provide() == "" {
					t.Errorf("%v; want advice", err)
				}
				return
			}
			err := fromFirst(t, w, p.Media[0], bootchain.CatalogDevice(m.Controllers[0]).IDs())
			var r *inject.Refusal
			if !errors.As(err, &r) || r.Kind != tt.kind || !strings.Contains(r.Sentence, tt.says) || !strings.Contains(r.Sentence, "Provide") || strings.Contains(r.Sentence, "\n") {
				t.Errorf("%v; want %s, with a word about %s", err, tt.kind, tt.says)
			}
		})
	}
}

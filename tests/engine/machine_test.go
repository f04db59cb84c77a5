package engine

import (
	"context"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestMachineDecides: whether a driver of another processor or hypervisor is a
// fault depends on the machine that is read from sysfs, which no profile can be.
func TestMachineDecides(t *testing.T) {
	for _, tt := range []struct {
		damage     string
		vendor     string
		hypervisor machine.Hypervisor
		want       condition.Confidence // "": nothing is found
	}{
		{"processor-driver", machine.Intel, machine.NoHypervisor, ""},
		{"processor-driver", machine.AMD, machine.NoHypervisor, condition.High},
		{"processor-driver", machine.AMD, machine.VMware, condition.High},
		{"processor-driver", machine.Intel, machine.VMware, ""},
		{"processor-driver", machine.Intel, machine.VirtualBox, condition.Low},
		{"processor-driver", "", machine.UnknownHypervisor, ""},
		{"agp-driver", machine.Intel, machine.NoHypervisor, ""},
		{"agp-driver", machine.Intel, machine.VMware, ""},
		{"agp-driver", machine.Intel, machine.KVM, condition.Low},
		{"foreign-hypervisor-drivers/parallels", machine.Intel, machine.Parallels, ""},
		{"foreign-hypervisor-drivers/parallels", machine.Intel, machine.OtherHypervisor, ""},
		{"foreign-hypervisor-drivers/parallels", machine.Intel, machine.NoHypervisor, condition.Low},
		{"foreign-hypervisor-drivers/xen", machine.Intel, machine.Xen, ""},
		{"foreign-hypervisor-drivers/xen", machine.Intel, machine.HyperV, condition.Low},
		{"vmbus-device-missing", machine.Intel, machine.HyperV, condition.Low},
		{"vmbus-device-missing", machine.Intel, machine.KVM, ""},
	} {
		d, ok := damage.Find(tt.damage)
		if !ok {
			t.Fatal(tt.damage)
		}
		image, _ := d.Build(t)
		dev, err := block.OpenReadOnly(image)
		if err != nil {
			t.Fatal(err)
		}
		m := &machine.Machine{CPUVendor: tt.vendor, Hypervisor: tt.hypervisor}
		p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: image, Dev: dev}})
		if err != nil {
			t.Fatal(err)
		}
		findings, err := condition.Detect(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		got := condition.Confidence("")
		for _, f := range findings {
			if f.ID == d.Finding {
				got = f.Confidence
			}
		}
		if got != tt.want {
			t.Errorf("%s on %q under %q: %q, want %q", tt.damage, tt.vendor, tt.hypervisor, got, tt.want)
		}
		dev.Close()
	}
}

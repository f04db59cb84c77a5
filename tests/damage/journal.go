package damage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// No foreign tool knows our journal, so these two are done by our own repair
// with the power cut in the middle of it.

// ErrPower is what a disk without power answers.
var ErrPower = errors.New("the power is gone")

// failing is a disk with power for a number of writes: what was written before
// is there, in order, and nothing after it.
type failing struct {
	repair.Target
	left *int
}

func (f failing) WriteAt(p []byte, off int64) (int, error) {
	if *f.left <= 0 {
		return 0, ErrPower
	}
	*f.left--
	return f.Target.WriteAt(p, off)
}

func (f failing) Flush() error {
	if *f.left <= 0 {
		return ErrPower
	}
	return f.Target.Flush()
}

// OpenWithPower opens disks that have power for so many writes, all together.
func OpenWithPower(writes int) repair.OpenTarget {
	return func(path string) (repair.Target, error) {
		d, err := block.OpenExclusive(path)
		return failing{d, &writes}, err
	}
}

// interrupted cuts the repair of the guest's fault where its journal is
// committed and not closed: the first number of writes after which recovery
// would carry it on.
func interrupted(t target) error {
	for writes := 1; writes < 100; writes++ {
		plan, err := planOf(t)
		if err != nil {
			return err
		}
		if _, err = plan.Commit(context.Background(), OpenWithPower(writes)); !errors.Is(err, ErrPower) {
			return fmt.Errorf("repair with power for %d writes: %v", writes, err)
		}
		verdict, err := verdictOf(t)
		if err != nil {
			return err
		}
		if verdict == "replay" {
			return nil
		}
		if _, err := repair.Recover(nil, []string{t.image}, repair.OpenDisk, os.TempDir()); err != nil {
			return err
		}
	}
	return errors.New("no cut leaves a journal to be carried on")
}

// overtaken changes a place that the interrupted repair wants to write, as a
// Windows that was started in between would.
func overtaken(t target) error {
	plan, err := planOf(t)
	if err != nil {
		return err
	}
	if err := interrupted(t); err != nil {
		return err
	}
	f, err := os.OpenFile(t.image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte("somebody was here"), plan.Disks[0].Changes[0].Off+100)
	return err
}

// stamp makes the plan come out the same each time.
func stamp() repair.Stamp { return repair.Stamp{ID: [16]byte{1}, Time: time.Unix(1e9, 0).UTC()} }

func planOf(t target) (*repair.Plan, error) {
	m, err := machine.Profile(t.guest.Broken[0].Machine)
	if err != nil {
		return nil, err
	}
	dev, err := block.OpenReadOnly(t.image)
	if err != nil {
		return nil, err
	}
	p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: t.image, Dev: dev}})
	if err != nil {
		return nil, err
	}
	findings, err := condition.Detect(context.Background(), p)
	if err != nil {
		return nil, err
	}
	return repair.NewPlan(context.Background(), p, findings, repair.Options{Homes: repair.Homes{OnDisk: true}, Stamp: stamp()})
}

func verdictOf(t target) (string, error) {
	dev, err := block.OpenReadOnly(t.image)
	if err != nil {
		return "", err
	}
	defer dev.Close()
	_, journals, done, err := repair.ViewJournals(nil, []inspect.Source{{Path: t.image, Dev: dev}}, os.TempDir())
	if err != nil || len(journals) == 0 {
		return "", err
	}
	done()
	return journals[0].Verdict, journals[0].Err
}

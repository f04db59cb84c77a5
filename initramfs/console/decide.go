package console

import (
	"context"
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/session"
)

// isLocked: a key would open the volume.
func isLocked(i item) bool {
	return i.finding.ID == "bitlocker-locked" && i.finding.Result == condition.Present
}

// askKey asks for the key of an encrypted volume.
func (m *Model) askKey() {
	m.push(&inputPage{head: "BitLocker", intro: "Type the recovery key, 48 digits in eight groups (ID:KEY for the one of that ID), or the path of a key file (.bek). It is kept in memory only.",
		done: func(key string) {
			start(m, job{title: "Trying the key"},
				func(context.Context, Hearer) (struct{}, error) { return struct{}{}, m.engine.Unlock(key) },
				func(_ struct{}, err error) {
					if err != nil {
						m.push(problem("The key does not do", errors.New(strings.TrimPrefix(err.Error(), "--bitlocker-key: "))))
						return
					}
					m.home()
					m.lookAgain()
					m.say("Unlocked; the disks are looked at again.")
				})
		}})
}

// without are the keys for going on without what there is no place for. A person may
// take that risk, after a question of its own; nobody else may.
func (m *Model) without(err error, w session.Wish) []binding {
	ask := func(label, head, text string) []binding {
		return []binding{{'w', label, func() {
			m.push(&confirmPage{head: head, text: text, verb: "Plan it so", yes: func() {
				m.home()
				m.looked(func() { m.plan(w) })
			}})
		}}}
	}
	switch {
	case errors.Is(err, repair.ErrNoUndo) && !w.Options.NoUndo:
		w.Options.NoUndo = true
		return ask("Without undo", "Without undo?", "There is no place to keep what is there now. Without it the repair cannot be taken back. It is verified all the same, and a power cut is survived.")
	case errors.Is(err, repair.ErrNoHome) && !w.Options.Uncovered:
		w.Options.Uncovered = true
		return ask("Without journal", "Without a journal?", "There is no place for a journal. Without it a power cut while the disk is written may leave it half repaired, which nothing can finish or take back then. Copy the disk first where you can.")
	}
	return nil
}

package pid1

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/answers"
	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
)

// sendSeconds is how long a report may take to all of its places.
const sendSeconds = 240

// deliver brings the engine's report to the places of bootmend.report; that on the
// disk the repair has written itself. A child does it: process 1 does not speak
// HTTP.
func (s *system) deliver(code int) {
	places := slices.DeleteFunc(slices.Clone(s.config.Reports), func(p string) bool { return p == deliver.Disk })
	if len(places) == 0 {
		return
	}
	argv := []string{enginePath, "report", "--send", strings.Join(places, ","), "--engine-exit", fmt.Sprint(code)}
	sent, err := s.runFor(argv, s.after(sendSeconds*time.Second))
	if err != nil {
		s.sayf("report: %v", err)
	} else if sent != 0 {
		s.sayf("report: not everywhere; the messages above say why")
	}
}

// readAnswers takes the options of an answer file, if there is one. A child reads
// it, too, and gives lines. Where a file was meant and cannot be used, it may have
// narrowed what may be repaired: nothing is written without a person then.
func (s *system) readAnswers() {
	argv := []string{enginePath, "answers", "--lines", answerLines}
	if s.config.Answers != "" {
		argv = append(argv, s.config.Answers)
	}
	code, err := s.runFor(argv, s.after(answerSeconds*time.Second))
	text, readErr := os.ReadFile(answerLines)
	switch err := errors.Join(err, readErr); {
	case code == 0 && err == nil:
	case s.config.Answers == "" && engineCrashed(code):
		err := s.config.hold(fmt.Errorf("whether there is an answer file could not be told (exit code %d)", code))
		s.sayf("%v", err)
		return
	default:
		s.sayf("the answer file cannot be used")
		_ = s.config.hold(errors.New("the answer file cannot be used"))
		return
	}
	had := s.config.wantsNetwork()
	s.config.Answer(answers.ParseLines(string(text)))
	s.warn()
	if s.config.wantsNetwork() && !had {
		s.startNetwork()
	}
}

const (
	answerLines   = "/run/bootmend-answers"
	answerSeconds = 120 // how long it may take to look for an answer file
)

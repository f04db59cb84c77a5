package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Action is one thing that can be asked for.
type Action struct {
	Name  string // the file's name with dashes
	Title string // one line, for people
	// Argument is what follows the name after an equals sign: "on|off" lists
	// the words that can, capitals stand for something to be filled in
	// ("NAME"), "" for nothing.
	Argument string
	// One: it is for one Windows at a time; where there are several, a person
	// has to say which.
	One bool
	// Hardware: it is about hardware that Windows was not set up on, see
	// condition.Condition.
	Hardware bool
	// Plan says what is to be done to a Windows. Errors wrap ErrRefused, or
	// ErrElsewhere where this Windows has nothing to do with the argument, or
	// come from reading.
	Plan func(ctx context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error)
}

// Outcome is what an action comes to for one Windows.
type Outcome struct {
	// Title completes "to ...": "start Windows XP in \WINDOWS in safe mode".
	Title string
	Steps []step.Step // none: it is so already
	Notes []string    // what the person should know beforehand, one sentence each
	// Brings are IDs of conditions that will report what was asked for.
	Brings []string
}

// note adds a sentence.
func (o *Outcome) note(format string, args ...any) {
	o.Notes = append(o.Notes, fmt.Sprintf(format, args...))
}

// ByName returns the action with that name.
func ByName(name string) (Action, bool) {
	for _, a := range All() {
		if a.Name == name {
			return a, true
		}
	}
	return Action{}, false
}

// Usage is how the action is called: "safe-mode=on|off|network".
func (a Action) Usage() string {
	if a.Argument == "" {
		return a.Name
	}
	return a.Name + "=" + a.Argument
}

// check refuses arguments that the action does not take.
func (a Action) check(arg string) error {
	words := strings.Split(a.Argument, "|")
	switch {
	case a.Argument == "" && arg != "":
		return fmt.Errorf("%s takes no argument: %w", a.Name, ErrUsage)
	case a.Argument == "":
		return nil
	case arg == "":
		return fmt.Errorf("%s lacks its argument, want %s: %w", a.Name, a.Usage(), ErrUsage)
	case a.Argument == strings.ToUpper(a.Argument), slices.Contains(words, arg), slices.ContainsFunc(words, isPlaceholder):
		return nil
	}
	return fmt.Errorf("%s=%s: want %s: %w", a.Name, arg, a.Usage(), ErrUsage)
}

func isPlaceholder(word string) bool { return word == strings.ToUpper(word) }

// Classes of errors, to be tested with errors.Is.
var (
	// ErrUsage: there is no such action, or it does not take that argument.
	ErrUsage = errors.New("not understood")
	// ErrRefused is wrapped by every *RefusedError.
	ErrRefused = errors.New("refused")
	// ErrElsewhere: the Windows lacks what the argument names; another one may
	// have it.
	ErrElsewhere = errors.New("not in this Windows")
)

// RefusedError says why an action is not done, and what to do instead.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string { return e.Why }

// Unwrap makes it an ErrRefused.
func (e *RefusedError) Unwrap() error { return ErrRefused }

func refuse(format string, args ...any) error {
	return &RefusedError{fmt.Sprintf(format, args...)}
}

// elsewhereError says what a Windows lacks.
type elsewhereError struct{ what string }

func (e *elsewhereError) Error() string { return e.what }

func (e *elsewhereError) Unwrap() error { return ErrElsewhere }

func elsewhere(format string, args ...any) error {
	return &elsewhereError{fmt.Sprintf(format, args...)}
}

// Opener opens a file that a person named.
type Opener func(path string) (io.ReadCloser, error)

// list joins names for people, the first ten.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

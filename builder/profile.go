package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Profile is a file that says what goes onto a medium, in YAML:
//
//	arch: amd64                    # or i386, universal
//	append: bootmend.mode=ask      # kernel arguments
//	drivers: [virtio-win.iso]      # folders, ISO images, cabinets, self-extracting EXEs
//	drivers-in-memory: false
//	answers: answers.yaml          # answer file
//	ssh-keys: [id.pub]             # files with public keys
//	bitlocker-keys: [111111-...]   # recovery keys, or ID:KEY
//	files:                         # files of your own in the initramfs
//	  - {from: fix.reg, to: /root/fix.reg, mode: "0644"}
//	modules: [ext4, -floppy]       # more kernel modules, or none of these; each must be
//	                               # one of the kernel, unless it ends with "?"
//	leave-out: [nano, ntfs-3g]     # commands and programs
//
// Paths are from where the file lies. Every field may be absent; one that is not in
// this list is an error, as is one that is there twice.
type Profile struct {
	Arch            Arch          `yaml:"arch,omitempty"`
	Append          string        `yaml:"append,omitempty"`
	Drivers         []string      `yaml:"drivers,omitempty"`
	DriversInMemory bool          `yaml:"drivers-in-memory,omitempty"`
	Answers         string        `yaml:"answers,omitempty"`
	SSHKeys         []string      `yaml:"ssh-keys,omitempty"`
	BitLockerKeys   []string      `yaml:"bitlocker-keys,omitempty"`
	Files           []ProfileFile `yaml:"files,omitempty"`
	Modules         []string      `yaml:"modules,omitempty"`
	LeaveOut        []string      `yaml:"leave-out,omitempty"`
}

// ProfileFile is an extra file in a profile.
type ProfileFile struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
	Mode string `yaml:"mode,omitempty"` // octal
}

// maxProfile bounds a profile in bytes.
const maxProfile = 1 << 20

// ReadProfile reads a profile and makes its paths absolute.
func ReadProfile(name string) (*Profile, error) {
	text, err := readAtMost(name, maxProfile)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p, err := ParseProfile(text)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	p.anchor(filepath.Dir(abs))
	return p, nil
}

// ParseProfile reads a profile.
func ParseProfile(text []byte) (*Profile, error) {
	p := &Profile{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(p); err != nil && !errors.Is(err, io.EOF) {
		return nil, inWords(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the first document")
	}
	if p.Arch != "" {
		if err := p.Arch.check(); err != nil {
			return nil, err
		}
	}
	for _, f := range p.Files {
		if f.From == "" || f.To == "" {
			return nil, errors.New("files: each wants from: and to:")
		}
		if _, err := f.mode(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// yamlWords are what the library says of types of ours, in words of a profile.
var yamlWords = strings.NewReplacer("yaml: unmarshal errors:", "this is no profile as \"mkrescue profile --help\" shows it:",
	" not found in type builder.ProfileFile", " is none; a file has from, to and mode", " not found in type builder.Profile", " is none of a profile",
	" into builder.ProfileFile", ": want {from: ..., to: ...}", " into builder.Profile", ": want lines such as \"arch: amd64\"", " into string", ": want a text", " into bool", ": want true or false", " into []string", ": want a list such as [a, b]",
	" into builder.Arch", ": want amd64, i386 or universal",
	"cannot unmarshal !!seq", "a list", "cannot unmarshal !!map", "names with values", "cannot unmarshal !!str", "the text", "cannot unmarshal !!int", "the number",
	" into []builder.ProfileFile", ": want a list such as [{from: a, to: /b}]", "cannot unmarshal !!", "a ", "unmarshal !!", "")

func inWords(err error) error { return errors.New(yamlWords.Replace(err.Error())) }

func (f ProfileFile) mode() (uint32, error) {
	if f.Mode == "" {
		return 0, nil
	}
	mode, err := strconv.ParseUint(f.Mode, 8, 12)
	if err != nil || mode == 0 {
		return 0, fmt.Errorf("files: %s: mode %q is no octal number like \"0644\"", f.From, f.Mode)
	}
	return uint32(mode), nil
}

func (p *Profile) anchor(dir string) {
	for _, list := range [][]string{p.Drivers, p.SSHKeys} {
		for i := range list {
			list[i] = absolute(dir, list[i])
		}
	}
	p.Answers = absolute(dir, p.Answers)
	for i := range p.Files {
		p.Files[i].From = absolute(dir, p.Files[i].From)
	}
}

// Apply puts the profile under the options: what is said there goes before, lists and
// kernel arguments are joined.
func (p *Profile) Apply(o *Options) {
	if o.Arch == "" {
		o.Arch = p.Arch
	}
	if p.Append != "" && o.Append != "" {
		o.Append = p.Append + " " + o.Append
	} else {
		o.Append += p.Append
	}
	o.Drivers = append(p.Drivers, o.Drivers...)
	o.DriversInMemory = o.DriversInMemory || p.DriversInMemory
	if o.Answers == "" {
		o.Answers = p.Answers
	}
	o.SSHKeys = append(p.SSHKeys, o.SSHKeys...)
	o.BitLockerKeys = append(p.BitLockerKeys, o.BitLockerKeys...)
	for _, f := range p.Files {
		mode, _ := f.mode() // ParseProfile looked at it
		o.Extra = append(o.Extra, ExtraFile{From: f.From, To: f.To, Mode: mode})
	}
	o.MoreModules = append(o.MoreModules, p.Modules...)
	o.LeaveOut = append(o.LeaveOut, p.LeaveOut...)
}

// Dump returns what the options say as a profile; BitLocker keys are not shown.
func (o Options) Dump() ([]byte, error) {
	p := Profile{Arch: o.Arch, Append: o.Append, Drivers: o.Drivers, DriversInMemory: o.DriversInMemory,
		Answers: o.Answers, SSHKeys: o.SSHKeys, Modules: o.MoreModules, LeaveOut: o.LeaveOut}
	if p.Arch == "" {
		p.Arch = AMD64
	}
	for _, x := range o.Extra {
		f := ProfileFile{From: x.From, To: x.To}
		if x.Mode != 0 {
			f.Mode = fmt.Sprintf("%04o", x.Mode)
		}
		p.Files = append(p.Files, f)
	}
	text, err := yaml.Marshal(p)
	if n := len(o.BitLockerKeys); n > 0 {
		text = append(text, fmt.Sprintf("# and %d BitLocker keys, which are not shown\n", n)...)
	}
	return text, err
}

// Check says what is wrong with the options before anything is built or downloaded.
func (o Options) Check() error {
	defer o.done()
	if o.Epoch.IsZero() {
		o.Epoch = firstEpoch
	}
	o.Out = "" // of which medium is not known, and nothing is written
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.collectDrivers(); err != nil {
		return err
	}
	if _, err := o.readAdditions(); err != nil {
		return err
	}
	return o.checkModules()
}

// checkModules looks for the modules of the list in the kernel, for which its package is
// downloaded unless the cache has it.
func (o Options) checkModules() error {
	if len(o.MoreModules) == 0 {
		return nil
	}
	b := newBuild(o)
	for _, arch := range o.Arch.systems() {
		k, err := b.kernel(arch)
		if err != nil {
			return fmt.Errorf("to look for the modules in the kernel: %w", err)
		}
		if _, err := b.chooseModules(arch, k); err != nil {
			return fmt.Errorf("kernel %s: %w", k.release, err)
		}
	}
	return nil
}

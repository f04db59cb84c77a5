package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/report"
)

// drvScanDoc is what drv scan --json prints. Fields are added, never renamed.
type drvScanDoc struct {
	header
	Packages []packageDoc `json:"packages"`
	Problems []string     `json:"problems,omitempty"`
}

type packageDoc struct {
	Path      string       `json:"path"` // as it was named
	Where     string       `json:"where"`
	Kind      string       `json:"kind"` // "inf" or "txtsetup.oem"
	Provider  string       `json:"provider,omitempty"`
	Class     string       `json:"class,omitempty"`
	ClassGUID string       `json:"class_guid,omitempty"`
	Date      string       `json:"date,omitempty"`
	Version   string       `json:"driver_version,omitempty"`
	Fits      []fitDoc     `json:"fits"`
	Services  []string     `json:"services"`
	Devices   []packageDev `json:"devices"`
	Signed    string       `json:"signed,omitempty"`
	Missing   []string     `json:"missing,omitempty"` // files that it names and has not
	Error     string       `json:"error,omitempty"`
}

type fitDoc struct {
	Windows string `json:"windows"` // "7", "10"
	Version string `json:"version"` // "6.1"
	Arch    string `json:"arch"`
}

type packageDev struct {
	ID          string `json:"id"`
	Description string `json:"description,omitempty"`
}

// scan lists the packages of media.
func (d *drvTool) scan(paths []string) error {
	doc := drvScanDoc{Packages: []packageDoc{}}
	for _, path := range paths {
		t, err := media.Open(path)
		if err != nil {
			return err
		}
		list := source.Packages(t, source.Options{})
		for _, p := range list.Packages {
			if one := describePackage(path, p); d.all || one.storage() {
				doc.Packages = append(doc.Packages, one)
			}
		}
		for _, err := range list.Problems {
			doc.Problems = append(doc.Problems, err.Error())
		}
	}
	if d.flags.json {
		doc.header = drvHeader("scan", report.ExitOK)
		return d.print(doc)
	}
	for _, p := range doc.Packages {
		d.writePackage(p)
	}
	for _, p := range doc.Problems {
		fmt.Fprintln(d.out, "NOT READ", printable(p))
	}
	if len(doc.Packages) == 0 {
		fmt.Fprintln(d.out, "no driver package for disk controllers; --all lists those for other devices")
	}
	return nil
}

// storage reports whether it is for disk controllers: by its class, or, for those of
// the text mode of set-up, always.
func (p packageDoc) storage() bool {
	return p.Kind != "inf" || slices.ContainsFunc([]string{"SCSIAdapter", "HDC"}, func(c string) bool { return strings.EqualFold(c, p.Class) }) ||
		slices.ContainsFunc([]string{"{4D36E97B-E325-11CE-BFC1-08002BE10318}", "{4D36E96A-E325-11CE-BFC1-08002BE10318}"}, func(g string) bool { return strings.EqualFold(g, p.ClassGUID) })
}

// scanned are the Windows that packages are asked about. A version stands for those
// after it that INF files do not tell apart: 10.0 for 11 and the servers since 2016.
var scanned = []struct {
	name         string
	major, minor int
	build        int
	arch         []inf.Arch
}{
	{"2000", 5, 0, 2195, []inf.Arch{inf.X86}},
	{"XP", 5, 1, 2600, []inf.Arch{inf.X86}},
	{"2003", 5, 2, 3790, []inf.Arch{inf.X86, inf.AMD64}},
	{"Vista", 6, 0, 6002, []inf.Arch{inf.X86, inf.AMD64}},
	{"7", 6, 1, 7601, []inf.Arch{inf.X86, inf.AMD64}},
	{"8", 6, 2, 9200, []inf.Arch{inf.X86, inf.AMD64}},
	{"8.1", 6, 3, 9600, []inf.Arch{inf.X86, inf.AMD64}},
	{"10", 10, 0, 26100, []inf.Arch{inf.X86, inf.AMD64, inf.ARM64}},
}

func describePackage(path string, p *source.Package) packageDoc {
	doc := packageDoc{Path: path, Where: p.Where, Fits: []fitDoc{}, Services: []string{}, Devices: []packageDev{}}
	if p.INF == nil {
		doc.Kind = "txtsetup.oem"
		for _, o := range p.Setup.Options {
			if o.Component != "scsi" {
				continue
			}
			for _, h := range o.IDs {
				doc.device(h.ID, o.Description)
				doc.service(h.Service)
			}
		}
		return doc
	}
	v := p.INF.Version
	doc.Kind, doc.Provider, doc.Class, doc.ClassGUID, doc.Date, doc.Version = "inf", v.Provider, v.Class, v.ClassGUID, v.DriverVer.Date, v.DriverVer.Version
	for _, w := range scanned {
		for _, arch := range w.arch {
			t := inf.Target{Major: w.major, Minor: w.minor, Build: w.build, Arch: arch, Product: inf.Workstation}
			models, err := p.INF.Models(t)
			if err != nil {
				doc.Error = err.Error()
			}
			if err != nil || len(models) == 0 {
				continue
			}
			doc.Fits = append(doc.Fits, fitDoc{w.name, fmt.Sprintf("%d.%d", w.major, w.minor), string(arch)})
			for _, m := range models {
				for _, id := range m.IDs() {
					doc.device(id, m.Description)
				}
			}
			doc.readFiles(p, models[0], t)
		}
	}
	return doc
}

func (p *packageDoc) device(id, description string) {
	if id != "" && !slices.ContainsFunc(p.Devices, func(d packageDev) bool { return strings.EqualFold(d.ID, id) }) {
		p.Devices = append(p.Devices, packageDev{id, description})
	}
}

func (p *packageDoc) service(name string) {
	if name != "" && !slices.ContainsFunc(p.Services, func(s string) bool { return strings.EqualFold(s, name) }) {
		p.Services = append(p.Services, name)
	}
}

// readFiles says what the package has for one Windows. The last one that it is for
// decides what is said of its signature.
func (p *packageDoc) readFiles(pkg *source.Package, m inf.Model, t inf.Target) {
	do, err := pkg.INF.Install(m, t)
	if err != nil {
		p.Error = err.Error()
		return
	}
	for _, s := range do.Services {
		p.service(s.Name)
	}
	set, err := pkg.Files(do, t)
	if set == nil {
		p.Error = err.Error()
		return
	}
	for _, missing := range set.Missing {
		if !slices.Contains(p.Missing, missing.Name) {
			p.Missing = append(p.Missing, missing.Name)
		}
	}
	signing, err := pkg.Signed(set)
	if err != nil {
		p.Error = err.Error()
		return
	}
	p.Signed = signing.String()
}

func (d *drvTool) writePackage(p packageDoc) {
	say := func(what, text string) {
		if text != "" {
			fmt.Fprintf(d.out, "  %-8s %s\n", what, printable(text))
		}
	}
	fmt.Fprintf(d.out, "%s\n", printable(p.Where))
	say("by", strings.TrimSpace(strings.Join([]string{p.Provider, p.Version, p.Date}, " ")))
	say("class", p.Class)
	var fits []string
	for _, f := range p.Fits {
		fits = append(fits, f.Windows+" "+f.Arch)
	}
	say("for", strings.Join(fits, ", "))
	say("service", strings.Join(p.Services, ", "))
	for _, dev := range p.Devices {
		say("serves", strings.TrimSpace(dev.ID+" "+dev.Description))
	}
	say("signed", p.Signed)
	say("MISSING", strings.Join(p.Missing, ", "))
	say("ERROR", p.Error)
}

// Package inf reads INF files as far as drivers of storage controllers use them
// and answers, for a given Windows, which devices a package serves and what
// installing one would do: files, services, registry values, catalog.
//
//	f, err := inf.Parse(r)
//	models, err := f.Models(target)            // devices and their ids
//	do, err := f.Install(models[0], target)    // as data; nothing is done
//
// Names of sections and keys are compared without regard to case; %tokens% are
// replaced by the strings of the target's language, of US English, or of none in
// particular. Numbers between percent signs stay: they name directories, see
// Place.
//
// Which section is for which Windows:
//
//   - Models: the decorations of the line in [Manufacturer]. Before Windows XP
//     these are not known and the undecorated section is used; from then on the
//     highest version that is not higher than the target's, then the closest
//     match of product type, suite and processor. Processors other than x86
//     need one that names them.
//   - Install sections: name.NTamd64 (the target's processor), name.NT, name;
//     the sections of services and hardware belong to the one that is found.
//   - SourceDisksNames and SourceDisksFiles: .amd64 first, for each disk and file.
//   - CatalogFile: .NTamd64, .NT, none.
//
// Sources: learn.microsoft.com/windows-hardware/drivers/install ("INF Manufacturer
// section", "Combining platform extensions with operating system versions",
// "INF DDInstall section", "General syntax rules", "INF AddReg directive", ...);
// Wine's dlls/setupapi/parser.c where these are silent (a quote that is not closed
// ends with its line, control-Z ends the file).
//
// Not supported: what Include and Needs name is told and not followed, it lies in
// another file; interfaces, co-installers, software components.
package inf

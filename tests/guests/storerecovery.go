package guests

import "strings"

// Recovery is the loader object of the recovery environment of guests that have one,
// RecoveryOptions that of the settings of its ramdisk.
const (
	Recovery        = "{5d5b1a37-2c3b-11e0-9c1c-806e6f6e6963}"
	RecoveryOptions = "{5d5b1a38-2c3b-11e0-9c1c-806e6f6e6963}"
)

// recovery is what a store has for the recovery environment.
type recovery struct {
	loader, options []element // of the two objects; the path of the loader is missing
	ofLoader        []element // more elements of the loader of Windows
}

// RecoveryImage finds the image of the recovery environment, and the partition it
// lies on; 0 for none.
func (g *Guest) RecoveryImage() (partition int, path string) {
	for _, p := range g.Parts {
		for _, e := range p.Entries {
			if strings.HasSuffix(strings.ToLower(e.Path), `\winre.wim`) && e.Kind == Text {
				return p.Number, e.Path
			}
		}
	}
	return 0, ""
}

// recoveryElements are as in the real stores of Windows 7, 8.1 and 10.
func (g *Guest) recoveryElements(modern bool) (*recovery, error) {
	number, image := g.RecoveryImage()
	if number == 0 {
		return nil, nil
	}
	device, err := g.device(g.Partition(number))
	if err != nil {
		return nil, err
	}
	id, err := diskGUID(strings.Trim(RecoveryOptions, "{}"))
	if err != nil {
		return nil, err
	}
	ramdisk := storeRamdisk(device, image, id)
	r := &recovery{
		loader: []element{{"11000001", ramdisk}, {"21000001", ramdisk}, {"12000004", `"Windows Recovery Environment"`},
			{"14000006", StoreList(loaderSettings)}, {"22000002", storeString(`\windows`)}, {"25000020", storeInteger(0)},
			{"26000022", storeYes}, {"46000010", storeYes}},
		options: []element{{"12000004", `"Ramdisk Options"`}, {"31000003", device},
			{"32000004", storeString(image[:strings.LastIndex(image, `\`)] + `\boot.sdi`)}},
		ofLoader: []element{{"14000008", StoreList(Recovery)}, {"16000009", storeYes}},
	}
	if modern {
		r.loader = append(r.loader, element{"12000005", `"en-US"`}, element{"250000c2", storeInteger(1)})
		r.options[0].data = `"Windows Recovery"`
	}
	return r, nil
}

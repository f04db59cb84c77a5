package condition

import "fmt"

// inItsWords says what the person sees when the system is a ReactOS, whose loader
// and kernel have messages of their own. Source: what ReactOS 0.4.15 showed when it
// was damaged in these ways.
func inItsWords(f Finding) Finding {
	if f.Windows == nil || !f.Windows.IsReactOS() {
		return f
	}
	switch f.ID {
	case "hive-missing":
		f.Symptom = `"Opening hive file failed!"`
	case "hive-damaged":
		f.Symptom = `"Importing binary hive failed!"`
	case "controlset-select":
		f.Symptom = `"Initializing CurrentControlSet link failed!"`
	case "storage-driver-missing", "boot-driver-file-missing":
		if f.Symptom == "" {
			return f // it starts
		}
		f.Symptom = `"Can't load boot driver", or STOP 0x00000050 where the file is cut off`
	case "storage-driver-disabled":
		f.Symptom = fmt.Sprintf("%s (second parameter 0xC0000034)", stop7B)
	}
	return f
}

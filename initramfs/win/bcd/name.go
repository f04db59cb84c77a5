package bcd

import (
	"fmt"
	"strings"
)

// ElementName is what bcdedit calls an element of an object of type t:
// "osdevice", or "custom:XXXXXXXX" for what it has no name for.
func (t ObjectType) ElementName(e ElementType) string {
	for _, list := range t.names() {
		for _, n := range list {
			if n.t == e {
				return n.name
			}
		}
	}
	return fmt.Sprintf("custom:%08x", uint32(e))
}

// ParseElement reads a name of bcdedit, custom:XXXXXXXX or the eight hexadecimal digits of an
// element of an object of type t.
func (t ObjectType) ParseElement(s string) (ElementType, error) {
	low := strings.ToLower(s)
	for _, list := range t.names() {
		for _, n := range list {
			if n.name == low {
				return n.t, nil
			}
		}
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(low, "custom:"), "0x")
	if e, ok := parseElementKey(digits); ok {
		return e, nil
	}
	return 0, fmt.Errorf("an object of the kind %q has no element %q; others are named by their number: custom:XXXXXXXX", t, s)
}

// String says what an element of the format holds.
func (f Format) String() string {
	names := [...]string{"", "a device", "a string", "an object", "a list of objects", "a number", "yes or no", "a list of numbers"}
	if f > 0 && int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("format %d", uint32(f))
}

// words are the names of the values of a number element, from 0 on; nil where
// bcdedit prints the number.
func (t ObjectType) words(e ElementType) []string {
	policy := []string{"Default", "ForceDisable"}
	enable := []string{"Disable", "Enable"}
	ux := []string{"Disabled", "Basic", "Standard"}
	message := []string{"Default", "Resume", "HyperV", "Recovery", "StartupRepair", "SystemImageRecovery", "CommandPrompt", "SystemRestore", "PushButtonReset"}
	switch e {
	case 0x1500000c:
		return []string{"UseNone", "UseAll", "UsePrivate"}
	case ElementDebugType:
		return []string{"Serial", "1394", "USB", "NET", "Local"}
	case 0x15000018:
		return []string{"Active", "AutoEnable", "Disable"}
	case 0x15000047:
		return []string{"Default", "DisallowMmConfig"}
	case 0x1500004b:
		return []string{"Default", "Enable", "Disable"}
	case 0x15000052:
		return []string{"1024x768", "800x600", "1024x600"}
	case ElementDisplayMessage, 0x15000066:
		return message
	case 0x1500007d:
		return []string{"Legacy", "Standard", "Simple"}
	case 0x1500007f:
		return []string{"Default", "Sha1"}
	case 0x15000080:
		return []string{"0", "90", "180", "270"}
	case 0x15000088:
		return []string{"default", "optout", "optin"}
	}
	switch {
	case t.application() == appResume && e == 0x25000007:
		return ux
	case t.application() == appResume && e == ElementResumeMenuPolicy:
		return []string{"Legacy", "Standard"}
	case t.application() == appMemoryTester && e == 0x25000002:
		return []string{"Basic", "Extended"}
	case t.application() == appMemoryTester && e == 0x25000004:
		return []string{"Stride", "Mats", "InverseCoupling", "RandomPattern", "Checkerboard"}
	case t.application() != appLoader:
		return nil
	}
	switch e {
	case ElementNX:
		return []string{"OptIn", "OptOut", "AlwaysOff", "AlwaysOn"}
	case 0x25000021:
		return []string{"Default", "ForceEnable", "ForceDisable"}
	case 0x25000100:
		return []string{"Default", "ForceDisable", "ForceEnable"}
	case 0x25000055:
		return []string{"Default", "Disable", "Enable"}
	case 0x25000071, 0x25000072:
		return policy
	case ElementSafeBoot:
		return []string{"Minimal", "Network", "DsRepair"}
	case 0x250000a6:
		return []string{"Default", "Legacy", "Enhanced"}
	case 0x250000c1:
		return []string{"Fatal", "UseErrorControl"}
	case ElementBootMenuPolicy:
		return []string{"Legacy", "Standard"}
	case ElementBootStatusPolicy:
		return []string{"DisplayAllFailures", "IgnoreAllFailures", "IgnoreShutdownFailures", "IgnoreBootFailures",
			"IgnoreCheckpointFailures", "DisplayShutdownFailures", "DisplayBootFailures", "DisplayCheckpointFailures", "AlwaysDisplayStartupFailures"}
	case 0x250000f0, 0x25000142:
		return []string{"Off", "Auto"}
	case ElementHypervisorDebug:
		return []string{"Serial", "1394", "None", "Net"}
	case 0x250000f7:
		return ux
	case 0x25000115:
		return []string{"Default", "Enable", "Disable"}
	case 0x25000118, 0x25000119:
		return enable
	case 0x2500011a:
		return []string{"Classic", "Core", "Root"}
	case 0x2500011c:
		return []string{"System", "Hypervisor"}
	case 0x2500012c:
		return []string{"Serial", "1394", "USB", "NET"}
	case 0x25000144:
		return []string{"Disable", "Enable", "Strict"}
	}
	return nil
}

package bootinitest

// A layout is an MBR disk of 4096 sectors and what Windows makes of it.
//
// slots are the four primary entries: "07@100" is type 07 from sector 100, 50
// sectors long; "0F@1000+2000" has another length; "-" is empty (type 00).
// chain are the extended boot records of the first container, second those of
// another one. Record n lies 100 n sectors behind the start of its container,
// its drives 10 n' sectors behind the record, 5 long, n' from 1. "07,0B" has
// two entries, "-" none.
//
// windows lists the first sectors of partition(1), (2), ... as they follow from
// the rule; "none" has a number and no sector. linux lists the numbers of Linux
// by sfdisk for the same entries in the same order, "-" where Linux has none; it
// is "" where they are 1, 2, ... as well.
type layout struct {
	name    string
	rule    string
	slots   string
	chain   []string
	second  []string
	windows string
	linux   string
	extra   string // further partitions of Linux, which Windows does not count: "5@1010"
}

// The rules, after KB 102873 and ReactOS' freeldr and disksup.c.
const (
	slotOrder  = "primary entries in the order of the slots, not of the disk"
	emptySlot  = "type 00 has no number"
	containers = "05 and 0F have no number"
	anyType    = "every other type has one: hidden, OEM, recovery, protective"
	linuxExt   = "85 is a plain partition and is not looked into"
	chainOrder = "logical drives follow, in the order of the chain"
	emptyEBR   = "a record without a drive has no number and does not end the chain"
	firstDrive = "of a record, the first entry that is no container counts"
	oneChain   = "the first container is followed, no other"
	zeroSize   = "the size does not matter"
)

// layouts were counted by hand.
var layouts = []layout{
	// one to four primary partitions
	{"one", slotOrder, "07@100 - - -", nil, nil, "100", "", ""},
	{"two in order", slotOrder, "07@100 07@200 - -", nil, nil, "100 200", "", ""},
	{"two against the disk", slotOrder, "07@200 07@100 - -", nil, nil, "200 100", "", ""},
	{"four shuffled", slotOrder, "07@400 0B@100 06@300 07@200", nil, nil, "400 100 300 200", "", ""},
	{"gap before", emptySlot, "- 07@100 - -", nil, nil, "100", "2", ""},
	{"gap between", emptySlot, "07@100 - 07@200 -", nil, nil, "100 200", "1 3", ""},
	{"gaps all around", emptySlot, "- 07@300 - 07@100", nil, nil, "300 100", "2 4", ""},
	{"last slot only", emptySlot, "- - - 07@100", nil, nil, "100", "4", ""},
	{"no partition", emptySlot, "- - - -", nil, nil, "", "", ""},
	{"type 00 with numbers in it", emptySlot, "00@100 07@200 - -", nil, nil, "200", "2", "1@100"},

	// types
	{"system reserved, Windows", slotOrder, "07@100 07@200 - -", nil, nil, "100 200", "", ""},
	{"Dell utility first", anyType, "DE@63 07@200 - -", nil, nil, "63 200", "", ""},
	{"Compaq diagnostics last", anyType, "07@200 12@100 - -", nil, nil, "200 100", "", ""},
	{"recovery 27", anyType, "27@100 07@200 - -", nil, nil, "100 200", "", ""},
	{"hidden NTFS", anyType, "17@100 07@200 - -", nil, nil, "100 200", "", ""},
	{"hidden FAT12 and FAT16", anyType, "11@100 14@200 16@300 07@400", nil, nil, "100 200 300 400", "", ""},
	{"hidden FAT32", anyType, "1B@100 1C@200 1E@300 07@400", nil, nil, "100 200 300 400", "", ""},
	{"Linux and swap", anyType, "83@100 82@200 07@300 -", nil, nil, "100 200 300", "", ""},
	{"dynamic", anyType, "42@63 - - -", nil, nil, "63", "", ""},
	{"ESP on an MBR disk", anyType, "EF@100 07@200 - -", nil, nil, "100 200", "", ""},
	{"storage spaces", anyType, "E7@100 D7@200 07@300 -", nil, nil, "100 200 300", "", ""},
	{"OEM A0, FE, 84", anyType, "A0@100 FE@200 84@300 07@400", nil, nil, "100 200 300 400", "", ""},
	{"FAT kinds", anyType, "01@100 04@200 0C@300 0E@400", nil, nil, "100 200 300 400", "", ""},
	{"type FF", anyType, "FF@100 07@200 - -", nil, nil, "100 200", "", ""},

	// logical drives
	{"C and D", chainOrder, "07@100 0F@1000+2000 - -", []string{"07"}, nil, "100 1010", "1 5", ""},
	{"three logical", chainOrder, "07@100 0F@1000+2000 - -", []string{"07", "0B", "06"}, nil, "100 1010 1110 1210", "1 5 6 7", ""},
	{"container 05", containers, "07@100 05@1000+2000 - -", []string{"07", "07"}, nil, "100 1010 1110", "1 5 6", ""},
	{"container first", containers, "0F@1000+2000 07@100 - -", []string{"07"}, nil, "100 1010", "2 5", ""},
	{"primary behind the container", chainOrder, "07@100 0F@1000+2000 07@3500 -", []string{"07", "07"}, nil, "100 3500 1010 1110", "1 3 5 6", ""},
	{"container in the middle, gap", chainOrder, "- 0F@1000+2000 - 27@100", []string{"07"}, nil, "100 1010", "4 5", ""},
	{"logical drives only", chainOrder, "0F@1000+2000 - - -", []string{"07", "07"}, nil, "1010 1110", "5 6", ""},
	{"empty container", containers, "07@100 0F@1000+2000 - -", []string{"-"}, nil, "100", "", ""},
	{"hidden logical", anyType, "07@100 0F@1000+2000 - -", []string{"17", "07"}, nil, "100 1010 1110", "1 5 6", ""},
	{"Linux logical before Windows", anyType, "07@100 0F@1000+2000 - -", []string{"83", "82", "07"}, nil, "100 1010 1110 1210", "1 5 6 7", ""},
	{"first record empty", emptyEBR, "07@100 0F@1000+2000 - -", []string{"-", "07"}, nil, "100 1110", "1 5", ""},
	{"middle record empty", emptyEBR, "07@100 0F@1000+2000 - -", []string{"07", "-", "0B"}, nil, "100 1010 1210", "1 5 6", ""},
	{"two records empty", emptyEBR, "07@100 0F@1000+2000 - -", []string{"-", "-", "07", "-"}, nil, "100 1210", "1 5", ""},
	{"two drives in a record", firstDrive, "07@100 0F@1000+2000 - -", []string{"07,0B", "06"}, nil, "100 1010 1110", "1 5 6", ""},
	{"85 in a logical record", linuxExt, "07@100 0F@1000+2000 - -", []string{"85", "07"}, nil, "100 1010 1110", "1 - -", "5@1100"},

	// 85
	{"85 with Linux inside", linuxExt, "07@100 85@1000+2000 - -", []string{"83", "83"}, nil, "100 1000", "1 2", "5@1010 6@1110"},
	{"85 before Windows", linuxExt, "85@1000+2000 07@100 - -", []string{"83"}, nil, "1000 100", "1 2", "5@1010"},
	{"85 beside 0F", linuxExt, "85@3000+900 0F@1000+1900 07@100 -", []string{"07"}, nil, "3000 100 1010", "1 3 -", ""},

	// tables that Windows' own tools do not write
	{"two containers", oneChain, "07@100 0F@1000+900 05@2000+900 -", []string{"07"}, []string{"07"}, "100 1010", "1 5", ""},
	{"two containers, a primary last", oneChain, "05@1000+900 05@2000+900 - 07@100", []string{"0B"}, []string{"07", "07"}, "100 1010", "4 5", ""},
	{"no size", zeroSize, "07@100+0 07@200 - -", nil, nil, "none 200", "- 2", "1@100"},
	{"no size, logical", zeroSize, "07@100 0F@1000+2000 07@200+0 -", []string{"07"}, nil, "100 none 1010", "1 - 5", "3@200"},

	// machines of the stories
	{"100 MB for the loader, Windows on 2", slotOrder, "06@63 07@200+800 - -", nil, nil, "63 200", "", ""},
	{"Windows on a logical drive", chainOrder, "06@63 0F@1000+2000 - -", []string{"06", "07"}, nil, "63 1010 1110", "1 5 6", ""},
	{"Acer: hidden recovery in front", anyType, "12@63 07@200 07@400 -", nil, nil, "63 200 400", "", ""},
	{"a primary made later renumbers", chainOrder, "07@63 0F@1000+2000 83@3500 -", []string{"07", "07"}, nil, "63 3500 1010 1110", "1 3 5 6", ""},
}

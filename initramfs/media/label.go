package media

// Label is the name by which a medium of ours is known, and by which a person gives one
// to the rescue: the volume identifier of the ISO image (ECMA-119, 8.4.7), and the label
// of a FAT volume or of a CD that holds an answer file or takes undo bundles and reports.
const Label = "BOOTMEND"

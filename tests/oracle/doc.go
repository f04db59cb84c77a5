// Package oracle asks foreign tools what they think of a disk, a volume or a
// hive. Our readers never judge our writers; these do.
//
// Every oracle returns an error that says what the tool found. Which tool and
// which of its options can be trusted was tried: ntfsfix -n and ntfsresize
// --check exit 0 even with a zeroed $Bitmap, sgdisk -v exits 0 whatever it
// finds. The tests of this package plant a fault for every oracle and want it
// rejected; an oracle that nothing can upset proves nothing.
package oracle

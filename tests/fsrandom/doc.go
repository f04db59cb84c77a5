// Package fsrandom changes file systems at random through fs.Writer and lets
// other people's tools say what is on them.
//
// A model in memory (a tree of files with their content) says what every
// operation must do. After each batch of operations the volume is judged for
// its structure and read by every independent reader that there is; what they
// see must be the model, all of it. Package ntfs/check judges each operation by
// itself, so that a failure names the operation that caused it.
//
// By default 2,000 operations run on each of three NTFS geometries and on each
// kind of FAT; with BOOTMEND_CAMPAIGN=1 20,000 on many more, in directories of
// up to 20,000 entries. A failure prints how to get there again:
// BOOTMEND_SEED=n BOOTMEND_OPS=m repeats the first m operations and judges
// the volume after each of the last ones; BOOTMEND_KEEP=dir keeps the image.
package fsrandom

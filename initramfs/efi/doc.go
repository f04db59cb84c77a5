// Package efi reads and makes the variables by which UEFI firmware starts systems:
// boot entries (Boot####, EFI_LOAD_OPTION), their order, device paths, and the
// signature databases of Secure Boot.
//
// A load option is u32 attributes, u16 length of the path, the description in UTF-16LE
// with NUL, the device path, and whatever the program that it starts wants to be told.
// A device path is a row of nodes, u8 type, u8 subtype, u16 length of all of it, data;
// an end node closes it. Numbers are little endian.
//
// Sources: UEFI specification 2.10, sections 3.1.3 (load options), 3.3 (variables), 10.3
// (device paths), 32.4.1 (signature lists); what Windows puts into its own entry is from
// the copies of them that real stores of boot configuration data hold.
//
// The package opens no file. Parsed load options give back their bytes. Package
// efivarfs below reads and writes variables where Linux shows them.
package efi

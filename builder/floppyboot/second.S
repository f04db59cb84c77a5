# The boot sector of the second floppy of a set, for who starts from it: it says what
# to do. The first one's loader finds the floppy by the mark, which the builder fills in.

	.code16
	.section .text
	.globl _start
_start:
	jmp	begin
	nop
	.org	62			# the BPB is put here by the builder
begin:
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	cld
	movw	$text, %si
1:	lodsb
	testb	%al, %al
	jz	2f
	pushw	%si
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	popw	%si
	jmp	1b
2:	xorw	%ax, %ax
	int	$0x16
	int	$0x19
	jmp	2b

text:	.asciz	"\r\nThis is floppy 2 of a bootmend set. Insert floppy 1 and press a key.\r\n"

	.org	502
mark:	.space	8, 0
	.word	0xaa55

package main

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/bootmend/bootmend/tests/vm"
)

// What the kernel says about memory at its start (mem_init_print_info in mm/page_alloc.c,
// free_initrd_mem in init/initramfs.c).
var (
	memoryLine = regexp.MustCompile(`Memory: (\d+)K/(\d+)K available \((\d+)K kernel code, (\d+)K rwdata, (\d+)K rodata, (\d+)K init, (\d+)K bss, (\d+)K reserved`)
	initrdLine = regexp.MustCompile(`Freeing initrd memory: (\d+)K`)
)

// memoryParts tell where a machine's memory goes before the first program runs, as the
// ISO's kernel tells when it is asked to talk.
func memoryParts(dir, built string) ([]figure, error) {
	const mib = 128
	image, err := media()[0].build(built)
	if err != nil {
		return nil, err
	}
	kernel, initrd, err := vm.ExtractKernel(image, dir)
	if err != nil {
		return nil, err
	}
	log, err := boot(dir, func(c *vm.Config) {
		c.Kernel, c.Initrd, c.Append, c.Memory = kernel, initrd, vm.ScanOnly, mib
	})
	if err != nil {
		return nil, err
	}
	line := memoryLine.FindStringSubmatch(log)
	if line == nil {
		return nil, fmt.Errorf("the kernel says nothing about memory")
	}
	n := make([]int64, len(line))
	for i := range line[1:] {
		if n[i+1], err = strconv.ParseInt(line[i+1], 10, 64); err != nil {
			return nil, err
		}
	}
	kib := func(k int64) string { return fmt.Sprintf("%.1f MiB", float64(k)/1024) }
	where := fmt.Sprintf("of %d MiB: ", mib)
	all := []figure{
		{where + "the firmware's, not given to the kernel", kib(mib<<10 - n[2])},
		{where + "kernel code and data", kib(n[3] + n[4] + n[5] + n[7])},
		{where + "reserved in all at the start (with the packed initramfs)", kib(n[8])},
		{where + "free for programs and files at the start", kib(n[1])},
	}
	if m := initrdLine.FindStringSubmatch(log); m != nil {
		if k, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			all = append(all, figure{where + "packed initramfs, free again when it is unpacked", kib(k)})
		}
	}
	return all, nil
}

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// folder reads tiles from files that lie as a log serves them. Go's own tile paths carry the height ("tile/8/0/000");
// torchwood.TilePath writes them without, as C2SP tlog-tiles has them. That is the one difference.
type folder struct {
	dir  string
	read map[string][]byte
}

func newFolder(dir string) *folder { return &folder{dir: dir, read: map[string][]byte{}} }

func (f *folder) Height() int { return torchwood.TileHeight }

func (f *folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	contents := make([][]byte, len(tiles))
	for i, tile := range tiles {
		content, err := f.file(torchwood.TilePath(tile))
		if err != nil {
			return nil, err
		}
		contents[i] = content
	}
	return contents, nil
}

func (f *folder) file(path string) ([]byte, error) {
	if content, known := f.read[path]; known {
		return content, nil
	}
	content, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(path)))
	if err == nil {
		f.read[path] = content
	}
	return content, err
}

// leaves reads all leaf hashes of a tree from its tiles of level 0.
func (f *folder) leaves(size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for _, tile := range tilesOfLevel0(size) {
		content, err := f.file(torchwood.TilePath(tile))
		if err != nil {
			return nil, err
		}
		for i := range tile.W {
			hash, err := tlog.HashFromTile(tile, content, tlog.StoredHashIndex(0, tile.N*torchwood.TileWidth+int64(i)))
			if err != nil {
				return nil, err
			}
			leaves = append(leaves, hash)
		}
	}
	return leaves, nil
}

// checkEntries holds the entries in the bundles against the leaf hashes, where the folder has bundles.
func (f *folder) checkEntries(leaves []tlog.Hash) (int, error) {
	if _, err := os.Stat(filepath.Join(f.dir, "tile", "entries")); os.IsNotExist(err) {
		return 0, nil
	}
	index := 0
	for _, tile := range tilesOfLevel0(int64(len(leaves))) {
		tile.L = -1
		bundle, err := f.file(torchwood.TilePath(tile))
		if err != nil {
			return 0, err
		}
		for range tile.W {
			entry, rest, err := torchwood.ReadTileEntry(bundle)
			if err != nil {
				return 0, err
			}
			if tlog.RecordHash(entry) != leaves[index] {
				return 0, fmt.Errorf("entry %d is not what its leaf is the hash of", index)
			}
			bundle = rest
			index++
		}
		if len(bundle) > 0 {
			return 0, fmt.Errorf("%d bytes too many in bundle %d", len(bundle), tile.N)
		}
	}
	return index, nil
}

func tilesOfLevel0(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for n := int64(0); n*torchwood.TileWidth < size; n++ {
		width := min(torchwood.TileWidth, size-n*torchwood.TileWidth)
		tiles = append(tiles, tlog.Tile{H: torchwood.TileHeight, L: 0, N: n, W: int(width)})
	}
	return tiles
}

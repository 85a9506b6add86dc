// Package scene photographs synthetic cards: on surfaces among other objects,
// held in hands, tilted, lit and shaded, scanned, or as artwork on a plain
// ground, through a camera that blurs, adds noise and compresses. The corners of
// every card and its lines are known to a fraction of a pixel.
package scene

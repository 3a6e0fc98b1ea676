"""The kinds of moves that ship, one in each module; `polku.redesign.move` finds them all."""

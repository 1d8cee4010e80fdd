"""The search: which settings are tried, where they are fitted, and what is kept of them.

`search` tells how it goes. Below it

- `study` asks Optuna for settings and tells it what became of them, and `storage` keeps both on the disk;
- `backend` says where fits run: in this process, in `processes` of this machine (`worker` is what one does), or on a
  `cluster`;
- `fits` is the unit of work, one setting on one fold, and `cache` what fits share.
"""

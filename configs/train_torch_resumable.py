"""A PyTorch script that can be carried on: it begins where a checkpoint ends, and leaves one where it ends itself.

Alone it trains to --epochs. What hpsearch says besides, it says in the environment: a folder to go on from, empty for a
fresh start; the epoch to train to; a folder for what training goes on from, empty where nobody asks for it.
"""

import argparse
import os
import sys
from pathlib import Path

try:
    import torch
    from torch import nn
except ModuleNotFoundError:
    sys.exit("this example needs PyTorch: pip install torch")

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--weight-decay", type=float, default=0.0)
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--width", type=int, default=64)
parser.add_argument("--epochs", type=int, default=27)
options = parser.parse_args()
came_from, left_in = (os.environ.get(f"HPSEARCH_CHECKPOINT_{way}") for way in ("IN", "OUT"))
until = int(os.environ.get("HPSEARCH_UNTIL") or options.epochs)
seed = int(os.environ.get("HPSEARCH_SEED") or 0)

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)  # the data are the same for all
x = torch.randn(1000, 10, device=device)
y = (x[:, :5].prod(1) + x[:, 5:].sum(1) > 0).long()
torch.manual_seed(seed)
width = options.width
layers = [nn.Linear(10, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(options.dropout), nn.Linear(width, 2)]
model = nn.Sequential(*layers).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=options.lr, weight_decay=options.weight_decay)
begin = 0
if came_from:
    held = torch.load(Path(came_from) / "state.pt", map_location=device, weights_only=True)
    model.load_state_dict(held["model"])
    optimizer.load_state_dict(held["optimizer"])
    for group in optimizer.param_groups:  # loading has put those of the checkpoint back; a fork may have others
        group.update(lr=options.lr, weight_decay=options.weight_decay)
    begin = held["epoch"]
for epoch in range(begin + 1, until + 1):
    torch.manual_seed(seed * 1_000_003 + epoch)  # the order and dropout follow from (seed, epoch): nothing to save
    model.train()
    for rows in torch.randperm(750, device=device).split(50):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = nn.functional.cross_entropy(model(x[750:]), y[750:]).item()
    print(f"epoch {epoch}: loss={loss.item():.6f} val_loss={val_loss:.6f}", flush=True)
if left_in:
    state = {"epoch": until, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, Path(left_in) / "state.pt")

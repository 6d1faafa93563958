"""A PyTorch script as people have it: options in, a line for each epoch out. It knows nothing of hpsearch."""

import argparse
import sys

try:
    import torch
    from torch import nn
except ModuleNotFoundError:
    sys.exit("this example needs PyTorch: pip install torch")

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--width", type=int, default=64)
parser.add_argument("--batch-norm", action=argparse.BooleanOptionalAction, default=True)
options = parser.parse_args()

torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
x = torch.randn(2000, 10, device=device)
y = (x[:, :5].prod(1) + x[:, 5:].sum(1) > 0).long()
norm = nn.BatchNorm1d(options.width) if options.batch_norm else nn.Identity()
model = nn.Sequential(nn.Linear(10, options.width), norm, nn.ReLU(), nn.Linear(options.width, 2)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
for epoch in range(1, 21):
    model.train()
    for rows in torch.randperm(1500, device=device).split(64):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = nn.functional.cross_entropy(model(x[1500:]), y[1500:]).item()
    print(f"epoch {epoch}: loss={loss.item():.4f} val_loss={val_loss:.4f}", flush=True)
